import { z } from "zod";
import type { FieldProblem } from "../channel.ts";

/** What every reader of a body's data needs to know beside it. */
export interface WebhookContext {
  /** The header `webhook-id`. */
  id: string;
  receivedAt: Date;
  /** When it happened, by the body's own `timestamp`. */
  happenedAt: Date | null;
}

export type WebhookBody =
  | { ok: true; type: string; data: unknown; timestamp: unknown }
  | { ok: false; problems: FieldProblem[] };

const FRAME = z.looseObject(
  {
    type: z
      .string({ error: 'must be what happened, such as "message.received"' })
      .min(1, "must not be empty"),
  },
  { error: "must be one JSON object with type and data" },
);

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The frame alone: a type that we do not know may have any data, or none. */
export function readWebhookBody(rawBody: Buffer): WebhookBody {
  const json = parseJson(rawBody);
  if (typeof json === "string") return { ok: false, problems: [{ field: "(body)", message: json }] };
  const body = FRAME.safeParse(json.value);
  if (!body.success) return { ok: false, problems: problemsOf(body.error) };
  const { type, data, timestamp } = body.data;
  return { ok: true, type, data, timestamp };
}

/** `place` is the path of what was read, such as `data`. */
export function problemsOf({ issues }: z.ZodError, place: readonly string[] = []): FieldProblem[] {
  return issues.map(({ path, message }) => ({
    field: [...place, ...path.map(String)].join(".") || "(body)",
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
