import { z } from "zod";

/* What the bodies of the generic webhook are made of. Each rule says itself what would be right. */

/** Ids are keys in Postgres and part of workflow ids, which take neither any length nor a NUL. */
const MAX_ID = 256;
const MAX_THREAD = 128;

const WHOLE = "must be whole characters, without NUL and without half a surrogate pair";

/** Two ids that differ only in half a surrogate pair would become one. */
function isWhole(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

export function idField(what: string) {
  return z
    .string({ error: `must be ${what}, a text of 1 to ${MAX_ID} characters` })
    .min(1, "must not be empty")
    .max(MAX_ID, `must be ${MAX_ID} characters at most`)
    .refine(isWhole, WHOLE);
}

export const FROM = idField("the person's id on your side");

export const THREAD = z
  .string({
    error: `must be the id of one of several conversations, a text of 1 to ${MAX_THREAD} characters`,
  })
  .min(1, "must not be empty")
  .max(MAX_THREAD, `must be ${MAX_THREAD} characters at most`)
  .refine(isWhole, WHOLE)
  .optional();

const ANY_TEXT = z
  .string({ error: "must be the message, a text" })
  // Half a surrogate pair has no UTF-8 form; it becomes U+FFFD here rather than somewhere later.
  .transform((text) => text.toWellFormed());

export const TEXT = ANY_TEXT.refine((text) => text.trim() !== "", "must hold more than white space");

/** Of a message that shows something: it need not say anything. */
export const CAPTION = ANY_TEXT.default("");
