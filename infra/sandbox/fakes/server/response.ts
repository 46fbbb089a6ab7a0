/** What a fake tells its caller. */
export interface FakeResponse {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** A list is sent piece by piece, as a stream of events is. */
  body?: string | readonly string[];
}

export function jsonResponse(body: unknown, status = 200): FakeResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

export function textResponse(body: string, status: number): FakeResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
