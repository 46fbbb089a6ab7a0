import { z } from "zod";
import type { FieldProblem } from "../channel.ts";
import { parseJsonBody, toFieldProblems } from "../json-body.ts";

const DAY_MS = 86_400_000;

/** Ids of contacts, chats and messages: longer than 32 bits, within the 53 bits of a JSON number. */
export const TELEGRAM_ID = z.int({ error: "must be an id, a whole number" });

const UPDATE = z.looseObject(
  { update_id: z.int({ error: "must be the update's number: this webhook takes Telegram's updates alone" }) },
  { error: "must be an object with update_id" },
);

export type TelegramUpdate =
  | { ok: true; kind: string; item: unknown }
  | { ok: false; problems: FieldProblem[] };

/** The one item of an update, not parsed yet, with the field's name as its kind. */
export function readTelegramUpdate(rawBody: Buffer): TelegramUpdate {
  const json = parseJsonBody(rawBody);
  if (typeof json === "string") return { ok: false, problems: [{ field: "(body)", message: json }] };
  const update = UPDATE.safeParse(json.value);
  if (!update.success) return { ok: false, problems: toFieldProblems(update.error) };
  const [kind, item] = Object.entries(update.data).find(([name]) => name !== "update_id") ?? ["none", null];
  return { ok: true, kind, item };
}

/** Telegram gives times in whole seconds since 1970; null before 1970, or more than a day ahead of us. */
export function telegramTime(seconds: unknown, receivedAt: Date): Date | null {
  const isTime =
    typeof seconds === "number" && seconds >= 0 && seconds * 1_000 <= receivedAt.getTime() + DAY_MS;
  return isTime ? new Date(seconds * 1_000) : null;
}
