import { z } from "zod";
import type { FieldProblem, InboundIgnored, InboundInvalid } from "../channel.ts";

/* Reading Meta's batched bodies: the frame is checked once, and every item of it by itself, so that a bad one sinks no other. */

/** Ids are keys in Postgres and part of workflow ids: neither takes any length, and Postgres takes no NUL. */
const MAX_ID = 256;
const DAY_MS = 86_400_000;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** An id of Meta's: 1 to 256 whole characters, kept byte for byte. */
export const META_ID = z
  .string({ error: "must be an id, a text of 1 to 256 characters" })
  .min(1, "must not be empty")
  .max(MAX_ID, "must be 256 characters at most")
  .refine((id) => id.isWellFormed() && !id.includes("\0"), "must be whole characters without NUL");

/** Text as the stores take it: half a surrogate pair has no UTF-8 form, and PostgreSQL takes no NUL. */
export const META_TEXT = z
  .string({ error: "must be a text" })
  .transform((text) => text.toWellFormed().replaceAll("\0", "\uFFFD"));

export type MetaBody = { ok: true; entries: unknown[] } | { ok: false; problems: FieldProblem[] };

/** The entries of a body, each still unread; `object` says whose body it has to be. */
export function readMetaBody(rawBody: Buffer, object: string): MetaBody {
  const json = parseJson(rawBody);
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
    : { ok: false, problems: problemsOf(body.error, "") };
}

/** A moment in ms since 1970, or null where the number cannot be one: before 1970, or more than a day ahead of us. */
export function metaTime(ms: number, receivedAt: Date): Date | null {
  const isMoment = Number.isFinite(ms) && ms >= 0 && ms <= receivedAt.getTime() + DAY_MS;
  return isMoment ? new Date(ms) : null;
}

/** `place` is the item's path in the body: `entry.0.changes.0.value.messages.1`. */
export function invalidItem(error: z.ZodError, place: string): InboundInvalid {
  return { kind: "invalid", problems: problemsOf(error, place) };
}

/** The vendor's own word may be part of the name, cut to what a counter's label may be. */
export function ignored(what: string): InboundIgnored {
  return { kind: "ignored", what: what.replace(/[^\w.]/g, "_").slice(0, 64) };
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
