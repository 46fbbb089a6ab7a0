import type { RefusalClass, SendOutcome } from "./channel.ts";

type Refusal = Extract<SendOutcome, { kind: "refused" }>;

/** Classifies an HTTP status whose body has no error code that the channel knows. */
export function classifyStatus(status: number): RefusalClass {
  if (status === 429) return "throttle";
  // 408 is a server's own timeout, 425 its refusal of early data: the same request may succeed later.
  if (status >= 500 || status === 408 || status === 425) return "retry";
  return status === 401 || status === 403 ? "config" : "permanent";
}

export function createRefusal(
  refusalClass: RefusalClass,
  code: string,
  retryAfterMs: number | null = null,
): Refusal {
  return { kind: "refused", class: refusalClass, code, retryAfterMs };
}

/** The JSON of a response body, or null: a gateway on the way may respond with a page of its own. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not logged: the caller records a body that is not JSON as a refusal.
    return null;
  }
}
