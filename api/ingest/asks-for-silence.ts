import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../channels/channel.ts";
import { type ConsentKeyword, parseConsentKeyword } from "./consent-keyword.ts";

/** After its acknowledgement the contact, or an agent in the vendor's inbox, expects no send of the assistant to begin. */
export function asksForSilence(event: InboundEvent, { settings }: Pick<ChannelAccount, "settings">): boolean {
  if (event.kind === "message") return promisesSilence(parseConsentKeyword(event.text, settings.keywords));
  return event.kind === "consent" ? event.state === "opted_out" : event.kind === "agent_reply";
}

/**
 * Takes effect also while this process alone has no Postgres, and before everything that waits next to it: the other processes go on
 * sending. An edit and a deletion replace a text that is about to be answered.
 */
export function isUrgent(event: InboundEvent, account: Pick<ChannelAccount, "settings">): boolean {
  return event.kind === "edit" || event.kind === "delete" || asksForSilence(event, account);
}

/** START, YES and HELP ask for a text instead. */
function promisesSilence(keyword: ConsentKeyword | null): boolean {
  return keyword === "stop" || keyword === "agent";
}
