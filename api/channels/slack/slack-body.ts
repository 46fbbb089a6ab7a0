import { z } from "zod";
import type { FieldProblem, InboundRequest } from "../channel.ts";
import { toFieldProblems } from "../json-body.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Ids of contacts, channels and teams. They have no colon, because our ids are joined with one. */
export const SLACK_ID = z
  .string({ error: "must be an id" })
  .regex(/^[\w-]{1,64}$/, "must be an id of 1 to 64 letters and digits");

/** A trigger's id: the key of an interaction without a message. */
export const SLACK_TRIGGER = z
  .string({ error: "must be the trigger's id" })
  .regex(/^[\w.-]{1,200}$/, "must be an id of 1 to 200 letters, digits, dots");

export type SlackFields = Readonly<Record<string, unknown>>;
export type SlackBody = { ok: true; fields: SlackFields } | { ok: false; problems: FieldProblem[] };

const OBJECT = z.record(z.string(), z.unknown(), { error: "must be a JSON object" });

/** Events are JSON. A slash command is a form, and a pressed button is JSON in the only field of a form. */
export function readSlackBody({ headers, rawBody }: Pick<InboundRequest, "headers" | "rawBody">): SlackBody {
  const text = decode(rawBody);
  if (text === null) return rejectBody("(body)", "is not UTF-8; it must be JSON or a form in UTF-8");
  const isForm = String(headers["content-type"]).startsWith("application/x-www-form-urlencoded");
  if (!isForm) return readJson(text, "(body)");
  const form = new URLSearchParams(text);
  const payload = form.get("payload");
  return payload === null ? { ok: true, fields: Object.fromEntries(form) } : readJson(payload, "payload");
}

function readJson(text: string, place: string): SlackBody {
  try {
    const parsed = OBJECT.safeParse(JSON.parse(text));
    return parsed.success
      ? { ok: true, fields: parsed.data }
      : { ok: false, problems: toFieldProblems(parsed.error, place) };
  } catch {
    // Not logged: the response names the field.
    return rejectBody(place, "is not JSON; it must be one JSON object");
  }
}

function rejectBody(field: string, message: string): SlackBody {
  return { ok: false, problems: [{ field, message }] };
}

function decode(rawBody: Buffer): string | null {
  try {
    return utf8.decode(rawBody);
  } catch {
    // Not logged: the response names the body.
    return null;
  }
}
