import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../channels/channel.ts";
import { type ConsentKeyword, parseConsentKeyword } from "./consent-keyword.ts";

/** After its acknowledgement the contact, or an agent in the vendor's inbox, expects no send of the assistant to begin. */
export function asksForSilence(event: InboundEvent, { settings }: Pick<ChannelAccount, "settings">): boolean {
  if (event.kind === "message") return promisesSilence(parseConsentKeyword(event.text, settings.keywords));
  return event.kind === "consent" ? event.state === "opted_out" : event.kind === "agent_reply";
}

/** START, YES and HELP ask for a text instead. */
export function promisesSilence(keyword: ConsentKeyword | null): boolean {
  return keyword === "stop" || keyword === "agent";
}
