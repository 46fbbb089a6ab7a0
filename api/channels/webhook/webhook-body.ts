import { z } from "zod";
import type { FieldProblem } from "../channel.ts";
import { parseJsonBody, toFieldProblems } from "../json-body.ts";

/** The context of a body's data. */
export interface WebhookContext {
  /** The header `webhook-id`. */
  id: string;
  receivedAt: Date;
  /** The body's own `timestamp`. */
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

/** The envelope only. The type decides what its data must be. */
export function readWebhookBody(rawBody: Buffer): WebhookBody {
  const json = parseJsonBody(rawBody);
  if (typeof json === "string") return { ok: false, problems: [{ field: "(body)", message: json }] };
  const body = FRAME.safeParse(json.value);
  if (!body.success) return { ok: false, problems: toFieldProblems(body.error) };
  const { type, data, timestamp } = body.data;
  return { ok: true, type, data, timestamp };
}
