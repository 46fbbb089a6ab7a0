import { z } from "zod";
import { verifyStandardWebhook } from "../../infra/runtime/standard-webhooks.ts";
import type { FieldProblem, InboundChannel, ParsedBody } from "./channel.ts";

const BODY = z.looseObject({
  type: z.literal("message.received", { error: 'must be "message.received"' }),
  data: z.looseObject({
    from: z
      .string({ error: "must be the person's id on your side, a text of 1 to 256 characters" })
      .min(1, "must not be empty")
      .max(256, "must be 256 characters at most")
      // Two ids that differ only in such a half would become one person.
      .refine((from) => from.isWellFormed(), "must be whole characters, without half a surrogate pair"),
    text: z
      .string({ error: "must be the message, a text" })
      .refine((text) => text.trim() !== "", "must hold more than white space"),
    sent_at: z.iso
      .datetime({ offset: true, error: "must be an ISO 8601 time such as 2026-11-23T10:00:00Z" })
      // PostgreSQL knows no year 0. (What is no time at all has its problem already.)
      .refine((time) => !(Date.parse(time) < 0), "must be a time after 1970")
      .optional(),
  }),
});

/** The id is a key in Postgres and part of a workflow's id: neither takes the 16 kB that a header may have. */
const MAX_ID = 256;
const ID_TOO_LONG = { field: "webhook-id", message: `must be ${MAX_ID} characters at most` };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The generic signed webhook: Standard Webhooks 1.0.0 in, `webhook-id` is the dedupe key. */
export const webhook: InboundChannel = {
  name: "webhook",
  acknowledgement: { status: 202, contentType: "application/json", body: '{"accepted":true}' },
  verify: ({ headers, rawBody, receivedAt }, account) =>
    verifyStandardWebhook({ headers, rawBody, secrets: account.secrets.inbound, now: receivedAt }),
  parse({ headers, rawBody }): ParsedBody {
    const id = String(headers["webhook-id"]);
    if (id.length > MAX_ID) return { ok: false, problems: [ID_TOO_LONG] };
    const json = parseJson(rawBody);
    if (!json.ok) return { ok: false, problems: [json.problem] };
    const body = BODY.safeParse(json.value);
    if (!body.success) return { ok: false, problems: body.error.issues.map(toProblem) };
    const { from, text, sent_at: sentAt } = body.data.data;
    return {
      ok: true,
      messages: [
        {
          providerMessageId: id,
          from,
          // A half of a surrogate pair has no UTF-8 form; it becomes U+FFFD here rather than somewhere later.
          text: text.toWellFormed(),
          providerTime: sentAt === undefined ? null : new Date(sentAt),
        },
      ],
    };
  },
};

function parseJson(rawBody: Buffer): { ok: true; value: unknown } | { ok: false; problem: FieldProblem } {
  try {
    return { ok: true, value: JSON.parse(utf8.decode(rawBody)) };
  } catch (error) {
    const message = error instanceof SyntaxError ? "is not JSON" : "is not UTF-8";
    return {
      ok: false,
      problem: { field: "(body)", message: `${message}; it must be one JSON object in UTF-8` },
    };
  }
}

function toProblem({ path, message }: { path: PropertyKey[]; message: string }): FieldProblem {
  return { field: path.map(String).join(".") || "(body)", message };
}
