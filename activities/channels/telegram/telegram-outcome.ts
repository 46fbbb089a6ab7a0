import { z } from "zod";
import type { EgressResponse } from "../../../infra/runtime/network/egress-guard.ts";
import type { SendOutcome } from "../channel.ts";
import { classifyStatus, createRefusal, parseJson } from "../http-refusal.ts";
import { parseRetryAfterMs } from "../retry-after.ts";
import { TELEGRAM_ERROR_CLASSES, type TelegramErrorRule } from "./telegram-error-classes.ts";

const SENT = z.looseObject({
  ok: z.literal(true),
  result: z.looseObject({ message_id: z.int(), chat: z.looseObject({ id: z.int() }) }),
});
const ERROR = z.looseObject({
  ok: z.literal(false),
  error_code: z.int(),
  description: z.string().catch(""),
  parameters: z
    .looseObject({ retry_after: z.number().optional(), migrate_to_chat_id: z.number().optional() })
    .catch({}),
});
type TelegramError = z.infer<typeof ERROR>;

/** The outcome of a send by Telegram's response. The description is the vendor's free text, so it is never passed on. */
export function toTelegramOutcome({ status, headers, text }: EgressResponse, now: Date): SendOutcome {
  const body = parseJson(text);
  const error = ERROR.safeParse(body);
  if (error.success) return toRefusal(error.data, parseRetryAfterMs(headers["retry-after"], now), now);
  if (status < 200 || status >= 300) {
    const wait = parseRetryAfterMs(headers["retry-after"], now);
    return createRefusal(findRule(status, "").class, `http_${status}`, wait);
  }
  const sent = SENT.safeParse(body);
  if (!sent.success) return { kind: "unknown", code: "response_unreadable" };
  const { message_id: messageId, chat } = sent.data.result;
  return { kind: "accepted", providerId: `${chat.id}:${messageId}` };
}

/** The new id of a group that became a supergroup, where Telegram refused a send for that reason. Else null. */
export function readMovedChat({ text }: EgressResponse): number | null {
  return ERROR.safeParse(parseJson(text)).data?.parameters.migrate_to_chat_id ?? null;
}

function toRefusal(error: TelegramError, headerWait: number | null, now: Date): SendOutcome {
  const { error_code: status, description, parameters } = error;
  // Only where a group moves twice: `readMovedChat` follows the first move.
  if (parameters.migrate_to_chat_id !== undefined) return createRefusal("permanent", "chat_migrated");
  const { class: kind, code = String(status) } = findRule(status, description);
  // Telegram gives the wait in the body, in seconds.
  const wait =
    parameters.retry_after === undefined
      ? headerWait
      : parseRetryAfterMs(String(parameters.retry_after), now);
  return createRefusal(kind, code, wait);
}

function findRule(status: number, description: string): Pick<TelegramErrorRule, "class" | "code"> {
  const words = description.toLowerCase();
  const rule = TELEGRAM_ERROR_CLASSES.find(
    (candidate) => candidate.status === status && words.includes(candidate.words ?? ""),
  );
  return rule ?? { class: classifyStatus(status) };
}
