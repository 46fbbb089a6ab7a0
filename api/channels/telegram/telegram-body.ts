import { z } from "zod";
import type { FieldProblem, InboundIgnored, InboundInvalid } from "../channel.ts";

const DAY_MS = 86_400_000;
/** A counter's label. */
const MAX_WHAT = 64;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Ids of people, chats and messages: past 32 bits, within the 53 that a JSON number keeps whole. */
export const TELEGRAM_ID = z.int({ error: "must be an id, a whole number" });

/** Text as the stores take it: half a surrogate pair has no UTF-8 form, and PostgreSQL takes no NUL. */
export const TELEGRAM_TEXT = z
  .string({ error: "must be a text" })
  .transform((text) => text.toWellFormed().replaceAll("\0", "\uFFFD"));

const UPDATE = z.looseObject(
  { update_id: z.int({ error: "must be the update's number: this webhook takes Telegram's updates alone" }) },
  { error: "must be an object with update_id" },
);

export type TelegramUpdate =
  | { ok: true; kind: string; item: unknown }
  | { ok: false; problems: FieldProblem[] };

/** The one thing that an update tells, still unread, and the field's name as its kind. */
export function readTelegramUpdate(rawBody: Buffer): TelegramUpdate {
  const json = parseJson(rawBody);
  if (typeof json === "string") return { ok: false, problems: [{ field: "(body)", message: json }] };
  const update = UPDATE.safeParse(json.value);
  if (!update.success) return { ok: false, problems: problemsOf(update.error, "") };
  const [kind, item] = Object.entries(update.data).find(([name]) => name !== "update_id") ?? ["none", null];
  return { ok: true, kind, item };
}

/** Telegram tells times in whole seconds since 1970; null before 1970, or more than a day ahead of us. */
export function telegramTime(seconds: unknown, receivedAt: Date): Date | null {
  const isMoment =
    typeof seconds === "number" && seconds >= 0 && seconds * 1_000 <= receivedAt.getTime() + DAY_MS;
  return isMoment ? new Date(seconds * 1_000) : null;
}

/** `place` is the item's path in the body: `message`. */
export function invalidItem(error: z.ZodError, place: string): InboundInvalid {
  return { kind: "invalid", problems: problemsOf(error, place) };
}

export function ignored(what: string): InboundIgnored {
  return { kind: "ignored", what: what.replace(/[^A-Za-z0-9_.]/g, "_").slice(0, MAX_WHAT) };
}

function problemsOf({ issues }: z.ZodError, place: string): FieldProblem[] {
  return issues.map(({ path, message }) => ({
    field: [place, ...path.map(String)].filter((name) => name !== "").join(".") || "(body)",
    message,
  }));
}

/** The value, or what is wrong with the bytes. */
function parseJson(rawBody: Buffer): { value: unknown } | string {
  try {
    return { value: JSON.parse(utf8.decode(rawBody)) };
  } catch (error) {
    const message = error instanceof SyntaxError ? "is not JSON" : "is not UTF-8";
    return `${message}; it must be one JSON object in UTF-8`;
  }
}
