const TIMEOUT_MS = 15_000;

/** A response that is not 2xx. */
export class HttpError extends Error {
  readonly status: number;
  /** The same request may succeed later: a server error, a timeout or a rate limit. */
  readonly isTransient: boolean;
  readonly retryAfterMs: number;
  /** The code of the problem in the body, or null where it has none. */
  readonly code: string | null;
  constructor({ status, headers }: Response, code: string | null = null) {
    super(`HTTP ${status}`);
    this.status = status;
    this.isTransient = status >= 500 || status === 408 || status === 429;
    this.code = code;
    this.retryAfterMs = Number(headers.get("retry-after") ?? 0) * 1000;
  }
}

/** Throws `HttpError` for a response that is not 2xx, and what `fetch` throws without one. */
export async function request(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
  if (!response.ok) throw new HttpError(response, await readCode(response));
  return response;
}

async function readCode(response: Response): Promise<string | null> {
  try {
    const { code } = (await response.json()) as { code?: unknown };
    return typeof code === "string" ? code : null;
  } catch {
    return null;
  }
}

export function postJson(body: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
