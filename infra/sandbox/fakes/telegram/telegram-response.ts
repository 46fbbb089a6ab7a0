import { jsonResponse, type FakeResponse } from "../server/response.ts";

export function telegramResult(result: unknown, description?: string): FakeResponse {
  return jsonResponse({ ok: true, result, ...(description === undefined ? {} : { description }) });
}

export function telegramError(code: number, description: string, parameters?: object): FakeResponse {
  const error = { ok: false, error_code: code, description };
  return jsonResponse(parameters === undefined ? error : { ...error, parameters }, code);
}

/** For a fault that names only a status. */
export function telegramStatusError(status: number): FakeResponse {
  if (status === 429) return telegramError(429, "Too Many Requests: retry after 1", { retry_after: 1 });
  return telegramError(status, "The fake was asked to fail.");
}
