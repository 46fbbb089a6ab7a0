import { z } from "zod";
import type { FieldProblem } from "../channel.ts";
import { parseJsonBody, toFieldProblems } from "../json-body.ts";

/*
 * Meta batches its bodies. The envelope is checked once and each item separately, so that one bad item does not affect the others.
 */

/** Ids are keys in Postgres and part of workflow ids. Both limit the length, and Postgres takes no NUL. */
const MAX_ID = 256;
const DAY_MS = 86_400_000;

/** An id of Meta: 1 to 256 whole characters, kept byte for byte. */
export const META_ID = z
  .string({ error: "must be an id, a text of 1 to 256 characters" })
  .min(1, "must not be empty")
  .max(MAX_ID, "must be 256 characters at most")
  .refine((id) => id.isWellFormed() && !id.includes("\0"), "must be whole characters without NUL");

export type MetaBody = { ok: true; entries: unknown[] } | { ok: false; problems: FieldProblem[] };

/** The entries of a body, not parsed yet. `object` is the product that the body must belong to. */
export function readMetaBody(rawBody: Buffer, object: string): MetaBody {
  const json = parseJsonBody(rawBody);
  if (typeof json === "string") return { ok: false, problems: [{ field: "(body)", message: json }] };
  const expected = JSON.stringify(object);
  const frame = z.looseObject({
    object: z.literal(object, {
      error: `must be ${expected}: this webhook is subscribed to another product`,
    }),
    entry: z.array(z.unknown(), { error: "must be a list of entries" }),
  });
  const body = frame.safeParse(json.value);
  return body.success
    ? { ok: true, entries: body.data.entry }
    : { ok: false, problems: toFieldProblems(body.error) };
}

/** A time in ms since 1970; null before 1970, or more than a day ahead of us. */
export function metaTime(ms: number, receivedAt: Date): Date | null {
  const isTime = Number.isFinite(ms) && ms >= 0 && ms <= receivedAt.getTime() + DAY_MS;
  return isTime ? new Date(ms) : null;
}
