import { z } from "zod";
import type { RefusalClass, SendOutcome } from "../channel.ts";
import { classifyStatus, createRefusal, parseJson } from "../http-refusal.ts";
import { parseRetryAfterMs } from "../retry-after.ts";
import { SLACK_ERROR_CLASSES, SLACK_HALF_DONE } from "./slack-error-classes.ts";
import type { SlackCallResult } from "./slack-call.ts";

const POSTED = z.looseObject({ ok: z.literal(true), channel: z.string().min(1), ts: z.string().min(1) });
const ERROR = z.looseObject({ ok: z.literal(false), error: z.string().regex(/^[a-z0-9_]{1,64}$/) });

/** The outcome of a post by Slack's response. HTTP 200 with `ok: false` is a refusal. */
export function toSlackOutcome(result: SlackCallResult, now: Date): SendOutcome {
  if (result.status === null) return createRefusal("config", "bot_token_malformed");
  const { status, headers, text } = result;
  const body = parseJson(text);
  const wait = parseRetryAfterMs(headers["retry-after"], now);
  const { data: error } = ERROR.safeParse(body);
  if (error !== undefined && SLACK_HALF_DONE.has(error.error)) return { kind: "unknown", code: error.error };
  if (error !== undefined) return createRefusal(classifyError(error.error, status), error.error, wait);
  if (status < 200 || status >= 300) return createRefusal(classifyStatus(status), `http_${status}`, wait);
  const posted = POSTED.safeParse(body);
  if (!posted.success) return { kind: "unknown", code: "response_unreadable" };
  return { kind: "accepted", providerId: formatSlackPostId(posted.data.channel, posted.data.ts) };
}

/** The form of the ids of inbound messages: a `ts` is unique only within its channel. */
export function formatSlackPostId(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

function classifyError(error: string, status: number): RefusalClass {
  const known = Object.hasOwn(SLACK_ERROR_CLASSES, error) ? SLACK_ERROR_CLASSES[error] : undefined;
  return known ?? classifyStatus(status);
}
