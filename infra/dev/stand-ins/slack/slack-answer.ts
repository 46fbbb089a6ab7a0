import { jsonAnswer, textAnswer, type Answer } from "../server/answer.ts";

export function slackOk(fields: object = {}): Answer {
  return jsonAnswer({ ok: true, ...fields });
}

/** Slack refuses with HTTP 200 and a word. */
export function slackError(error: string, fields: object = {}): Answer {
  return jsonAnswer({ ok: false, error, ...fields });
}

/** For a fault that names only a status: what is not an answer of Slack's own is a gateway's, in plain text. */
export function slackStatusError(status: number): Answer {
  if (status !== 429) return textAnswer("The stand-in was asked to fail.", status);
  const limited = jsonAnswer({ ok: false, error: "ratelimited" }, status);
  return { ...limited, headers: { ...limited.headers, "retry-after": "1" } };
}
