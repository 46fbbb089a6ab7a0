import { z } from "zod";
import type { InboundEvent, InboundReceipt } from "../channel.ts";
import { ignoreListed, toInvalidEvent } from "../json-body.ts";
import { namesUnder } from "../kinds/kind-table.ts";
import { WHATSAPP_KINDS } from "../kinds/whatsapp-kinds.ts";
import { META_ID } from "../meta/meta-body.ts";
import { whatsappTime } from "./whatsapp-time.ts";

const STATUS = z.looseObject(
  {
    id: META_ID,
    status: z.string({ error: 'must be the state, such as "delivered"' }),
    timestamp: z.unknown().optional(),
    errors: z.unknown().optional(),
    // Other systems on the same number may put anything there.
    biz_opaque_callback_data: z.uuid().optional().catch(undefined),
  },
  { error: "must be an object with id and status" },
);
const ERRORS = z.array(z.looseObject({ code: z.union([z.number(), z.string()]) })).min(1);

const STATES: Readonly<Record<string, InboundReceipt["state"]>> = Object.freeze({
  sent: "sent",
  delivered: "delivered",
  read: "read",
  failed: "failed",
});

const OTHER_STATES = new Set(namesUnder(WHATSAPP_KINDS, "statuses"));

/** One item of `statuses[]`. They arrive in any order, also `read` before `delivered`. */
export function whatsappStatus(
  item: unknown,
  { receivedAt, place }: { receivedAt: Date; place: string },
): InboundEvent {
  const parsed = STATUS.safeParse(item);
  if (!parsed.success) return toInvalidEvent(parsed.error, place);
  const { id, status, timestamp, errors, biz_opaque_callback_data: deliveryId } = parsed.data;
  const state = Object.hasOwn(STATES, status) ? STATES[status] : undefined;
  if (state === undefined) return ignoreListed("status", status, OTHER_STATES);
  const code = state === "failed" ? codeOf(errors) : null;
  const providerTime = whatsappTime(timestamp, receivedAt);
  const receipt: InboundReceipt = { kind: "receipt", providerId: id, state, code, providerTime };
  return deliveryId === undefined ? receipt : { ...receipt, deliveryId };
}

function codeOf(errors: unknown): string | null {
  const parsed = ERRORS.safeParse(errors);
  const code = parsed.success ? parsed.data[0]?.code : undefined;
  return code === undefined ? null : String(code).slice(0, 64);
}
