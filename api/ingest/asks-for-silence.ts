import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { InboundEvent } from "../channels/channel.ts";
import { parseConsentKeyword } from "./consent-keyword.ts";

/** After its acknowledgement the contact, or an agent in the vendor's inbox, expects no send of the assistant to begin. */
export function asksForSilence(event: InboundEvent, { settings }: Pick<ChannelAccount, "settings">): boolean {
  if (event.kind === "message") return parseConsentKeyword(event.text, settings.keywords) !== null;
  return event.kind === "consent" || event.kind === "agent_reply";
}
