import { z } from "zod";
import type { InboundReceipt } from "../channel.ts";
import type { WebhookContext } from "./webhook-body.ts";
import { idField } from "./webhook-fields.ts";

const STATES = ["sent", "delivered", "read", "failed"] as const;

export const RECEIPT_DATA = z.looseObject(
  {
    message_id: idField("the webhook-id that our delivery came with"),
    state: z.enum(STATES, { error: `must be one of ${STATES.map((state) => `"${state}"`).join(", ")}` }),
    code: z
      .union([z.string(), z.int().transform(String)], { error: "must be the reason of a failure, a text" })
      .nullish(),
  },
  { error: "must be an object with message_id and state" },
);
/** Codes are kept in a column and shown in lists. */
const MAX_CODE = 64;

/** The data of `message.receipt`: the state of a reply that the receiver passed on. */
export function webhookReceipt(
  data: unknown,
  { happenedAt: providerTime }: WebhookContext,
): z.ZodSafeParseResult<InboundReceipt> {
  return RECEIPT_DATA.transform(({ message_id: providerId, state, code }): InboundReceipt => ({
    kind: "receipt",
    providerId,
    state,
    code: code?.toWellFormed().replaceAll("\0", "\uFFFD").slice(0, MAX_CODE) ?? null,
    providerTime,
  })).safeParse(data);
}
