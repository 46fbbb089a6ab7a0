import { z } from "zod";
import type { ChannelName } from "../../../../db/tenants/channel-account.ts";

/** An entry of a fake's `/__control/messages`: a message that it accepted. */
export type ControlEntry = Readonly<Record<string, unknown>>;

/** A reply that arrived at a fake. */
export interface ArrivedReply {
  channel: ChannelName;
  /** The contact, under the address that their messages came from. */
  to: string;
  text: string;
  /** The id that the vendor's response gave us; a webhook's own id. */
  id: string;
  /** Absent where the channel's replies have no signature. */
  signatureOk?: boolean;
  /** Provider ids of the messages that it answers, where the channel says so. */
  inReplyTo?: string[];
}

/** Null for an entry that is not a reply. */
export type ReadReply = (entry: ControlEntry) => ArrivedReply | null;

export const SENT_TEXT = z.object({ id: z.string(), to: z.string(), text: z.string() });

/** For fakes that store accepted messages by `openSentMessages`, under the contact's own address. */
export function createReadReply(channel: ChannelName): ReadReply {
  return (entry) => ({ channel, ...SENT_TEXT.parse(entry) });
}
