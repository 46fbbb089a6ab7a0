import { readDeliveryId } from "../../../infra/channels/vendors/twilio-callback.ts";
import type { InboundIgnored, InboundReceipt } from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";

/** States of a message of ours. */
const STATES: Readonly<Record<string, InboundReceipt["state"]>> = Object.freeze({
  sent: "sent",
  delivered: "delivered",
  partially_delivered: "delivered",
  read: "read",
  undelivered: "failed",
  failed: "failed",
  canceled: "failed",
});
/** They prove that Twilio has the message, which matters after a lost response. */
const BEFORE_SENT: ReadonlySet<string> = new Set(["accepted", "scheduled", "queued", "sending"]);
/** Twilio's codes have five digits. This bounds the label of the counter and the column. */
const MAX_CODE = 64;

/** A status callback, with our id of the part in its URL. They arrive in any order and have no time. */
export function twilioReceipt(
  { sid: providerId, status, text }: TwilioForm,
  url: string,
): InboundReceipt | InboundIgnored {
  const deliveryId = readDeliveryId(url);
  const ours = deliveryId === undefined ? {} : { deliveryId };
  const common = { kind: "receipt", providerId, providerTime: null, ...ours } as const;
  if (deliveryId !== undefined && BEFORE_SENT.has(status))
    return { ...common, state: "accepted", code: null };
  const state = Object.hasOwn(STATES, status) ? STATES[status] : undefined;
  if (state === undefined)
    return { kind: "ignored", what: `status.${status.replace(/\W/g, "_").slice(0, 40)}` };
  const code = text("ErrorCode").slice(0, MAX_CODE);
  return { ...common, state, code: code === "" ? null : code };
}
