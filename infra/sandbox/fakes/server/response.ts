export interface FakeResponse {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** The items of a list are sent one by one, like a stream of events. */
  body?: string | readonly string[];
}

export function jsonResponse(body: unknown, status = 200): FakeResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

export function textResponse(body: string, status: number): FakeResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
