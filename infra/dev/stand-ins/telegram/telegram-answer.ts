import { jsonAnswer, type Answer } from "../server/answer.ts";

export function telegramResult(result: unknown, description?: string): Answer {
  return jsonAnswer({ ok: true, result, ...(description === undefined ? {} : { description }) });
}

export function telegramError(code: number, description: string, parameters?: object): Answer {
  const error = { ok: false, error_code: code, description };
  return jsonAnswer(parameters === undefined ? error : { ...error, parameters }, code);
}

/** For a fault that names only a status. */
export function telegramStatusError(status: number): Answer {
  if (status === 429) return telegramError(429, "Too Many Requests: retry after 1", { retry_after: 1 });
  return telegramError(status, "The stand-in was asked to fail.");
}
