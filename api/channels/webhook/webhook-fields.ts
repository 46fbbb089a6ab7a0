import { z } from "zod";
import { webhook } from "../../../infra/channels/webhook.ts";

/* Fields of the bodies of the generic webhook. The message of each rule says what would be right. */

/** Ids are keys in Postgres and part of workflow ids. Both limit the length, and Postgres takes no NUL. */
const MAX_ID = 256;
const MAX_THREAD = 128;

const WHOLE = "must be whole characters, without NUL and without half a surrogate pair";

/** Without this rule two ids that differ only in half a surrogate pair would become equal. */
function isWhole(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

export function idField(what: string) {
  return z
    .string({ error: `must be ${what}, a text of 1 to ${MAX_ID} characters` })
    .min(1, "must not be empty")
    .max(MAX_ID, `must be ${MAX_ID} characters at most`)
    .refine(isWhole, WHOLE)
    .meta({ description: what });
}

export const FROM = idField("the contact's id on your side");

export const THREAD = z
  .string({
    error: `must be the id of one of several conversations, a text of 1 to ${MAX_THREAD} characters`,
  })
  .min(1, "must not be empty")
  .max(MAX_THREAD, `must be ${MAX_THREAD} characters at most`)
  .refine(isWhole, WHOLE)
  .meta({ description: "one of several conversations with the contact" })
  .optional();

const ANY_TEXT = z
  .string({ error: "must be the message, a text" })
  .max(
    webhook.textLimit,
    `must be ${webhook.textLimit} characters at most; split a longer text into several messages`,
  )
  .meta({ description: "the message" })
  // Half a surrogate pair has no UTF-8 form. It becomes U+FFFD here, before it reaches a store.
  .transform((text) => text.toWellFormed());

export const TEXT = ANY_TEXT.refine((text) => text.trim() !== "", "must hold more than white space");

/** The text of a message with media, which may be empty. */
export const CAPTION = ANY_TEXT.default("");

/** Where the words come from. A caller whose page has buttons or forms says so, because only typed words are consent. */
export const ORIGIN = z
  .enum(["typed", "caption", "press", "form"], { error: "must be typed, caption, press or form" })
  .optional();
