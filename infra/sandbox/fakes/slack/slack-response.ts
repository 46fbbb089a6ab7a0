import { jsonResponse, textResponse, type FakeResponse } from "../server/response.ts";

export function slackOk(fields: object = {}): FakeResponse {
  return jsonResponse({ ok: true, ...fields });
}

/** Slack refuses with HTTP 200 and an error word. */
export function slackError(error: string, fields: object = {}): FakeResponse {
  return jsonResponse({ ok: false, error, ...fields });
}

/** The response for a fault with only a status: a gateway's, in plain text. */
export function slackStatusError(status: number): FakeResponse {
  if (status !== 429) return textResponse("The fake was asked to fail.", status);
  const limited = jsonResponse({ ok: false, error: "ratelimited" }, status);
  return { ...limited, headers: { ...limited.headers, "retry-after": "1" } };
}
