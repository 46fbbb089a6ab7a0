import { z } from "zod";
import type { FieldProblem, InboundIgnored, InboundInvalid } from "./channel.ts";

/* Shared by the readers of all JSON bodies: the bytes, an item with errors, and an item that is ignored. */

const utf8 = new TextDecoder("utf-8", { fatal: true });
/** The longest label of a counter. */
const MAX_WHAT = 64;

/** Text in the form that the stores take: half a surrogate pair has no UTF-8 form, and PostgreSQL takes no NUL. */
export function toStoredText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

export const STORED_TEXT = z.string({ error: "must be a text" }).transform(toStoredText);

/** The value, or a sentence about what is wrong with the bytes. */
export function parseJsonBody(rawBody: Buffer): { value: unknown } | string {
  try {
    return { value: JSON.parse(utf8.decode(rawBody)) };
  } catch (error) {
    const message = error instanceof SyntaxError ? "is not JSON" : "is not UTF-8";
    return `${message}; it must be one JSON object in UTF-8`;
  }
}

/** `place` is the path of the item: `entry.0.changes.0.value.messages.1`, or "" for the whole body. */
export function toFieldProblems({ issues }: z.ZodError, place = ""): FieldProblem[] {
  return issues.map(({ path, message }) => ({
    field: [place, ...path.map(String)].filter((name) => name !== "").join(".") || "(body)",
    message,
  }));
}

export function toInvalidEvent(error: z.ZodError, place: string): InboundInvalid {
  return { kind: "invalid", problems: toFieldProblems(error, place) };
}

/** `place.name` for a listed name, else `place.other`: each name is a row of a counter, so a body must not make new ones. */
export function ignoreListed(place: string, name: string, listed: ReadonlySet<string>): InboundIgnored {
  return ignoreEvent(`${place}.${listed.has(name) ? name : "other"}`);
}

/** The vendor's own word may be part of the name, so it is cut to the length of a label. */
export function ignoreEvent(what: string): InboundIgnored {
  return { kind: "ignored", what: what.replace(/[^\w.]/g, "_").slice(0, MAX_WHAT) };
}
