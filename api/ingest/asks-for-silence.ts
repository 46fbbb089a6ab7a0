import type { ConsentRequest } from "../../db/inbound/new-inbound.ts";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../channels/channel.ts";
import { readRequest } from "../consent/read-request.ts";

type Account = Pick<ChannelAccount, "channel" | "settings">;

/**
 * After its acknowledgement the contact, or an agent in the vendor's inbox, expects no send of the assistant to begin. The wish for an agent
 * is not one of these: the assistant pauses when the turn of this message begins, and until then a reply to an earlier message may be sent.
 */
export function asksForSilence(event: InboundEvent, account: Account): boolean {
  if (event.kind === "message") return promisesSilence(readRequest(event, account));
  return event.kind === "consent" ? event.state === "opted_out" : event.kind === "agent_reply";
}

/**
 * The only request that closes the gate as soon as its message is stored. An answer to the question whether we shall stop does too, but only
 * the stored question makes it one. Until then it waits as other messages do: after our question no reply is on its way.
 */
export function promisesSilence(request: ConsentRequest | null): boolean {
  return request === "stop";
}

/**
 * Takes effect also while this process alone has no Postgres, and before everything that waits next to it: the other processes go on
 * sending. An edit and a deletion replace a text that is about to be answered.
 */
export function isUrgent(event: InboundEvent, account: Account): boolean {
  if (event.kind === "delete") return true;
  // In front of its message this edit would be ignored, and its words lost.
  if (event.kind === "edit") return event.needsStoredMessage !== true;
  if (event.kind !== "message") return asksForSilence(event, account);
  const request = readRequest(event, account);
  return promisesSilence(request) || request === "agent";
}
