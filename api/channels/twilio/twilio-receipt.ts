import type { InboundIgnored, InboundReceipt } from "../channel.ts";
import type { TwilioForm } from "./twilio-form.ts";

/** States of a message of ours. The states before `sent` are ignored. */
const STATES: Readonly<Record<string, InboundReceipt["state"]>> = Object.freeze({
  sent: "sent",
  delivered: "delivered",
  partially_delivered: "delivered",
  read: "read",
  undelivered: "failed",
  failed: "failed",
  canceled: "failed",
});
/** Twilio's codes have five digits. This bounds the label of the counter and the column. */
const MAX_CODE = 64;

/** A status callback. They arrive in any order and have no time. */
export function twilioReceipt({ sid, status, text }: TwilioForm): InboundReceipt | InboundIgnored {
  const state = Object.hasOwn(STATES, status) ? STATES[status] : undefined;
  if (state === undefined)
    return { kind: "ignored", what: `status.${status.replace(/\W/g, "_").slice(0, 40)}` };
  const code = text("ErrorCode").slice(0, MAX_CODE);
  return { kind: "receipt", providerId: sid, state, code: code === "" ? null : code, providerTime: null };
}
