/** What a stand-in tells its caller. */
export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** A list is sent piece by piece, as a stream of events is. */
  body?: string | readonly string[];
}

export function jsonAnswer(body: unknown, status = 200): Answer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

export function textAnswer(body: string, status: number): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
