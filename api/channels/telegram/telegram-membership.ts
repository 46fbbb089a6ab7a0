import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { InboundConsent, InboundEvent } from "../channel.ts";
import { ignoreEvent, ignoreListed, toInvalidEvent } from "../json-body.ts";
import { TELEGRAM_ID, telegramTime } from "./telegram-body.ts";

const MEMBERSHIP = z.looseObject(
  {
    chat: z.looseObject(
      { id: TELEGRAM_ID, type: z.string({ error: 'must be the chat\'s type, such as "private"' }) },
      { error: "must be an object with id and type" },
    ),
    /** Seconds since 1970. */
    date: z.unknown().optional(),
    new_chat_member: z.looseObject(
      {
        status: z.string({ error: 'must be the new state, such as "kicked"' }),
        user: z.looseObject({ id: TELEGRAM_ID }, { error: "must be an object with the bot's id" }),
      },
      { error: "must be an object with status and user" },
    ),
  },
  { error: "must be an object with chat and new_chat_member" },
);

type Membership = Omit<InboundConsent, "kind" | "from" | "providerTime">;

/**
 * Consents by the bot's new state in a private chat. A group that the bot joins or leaves changes no consent. An unblocking is no START:
 * it ends only the block, never an opt-out that the contact wrote.
 */
const CONSENTS: Readonly<Record<string, Membership>> = Object.freeze({
  kicked: { state: "opted_out", source: "blocked" },
  member: { state: "opted_in", source: "unblocked", endsOnly: "blocked", needsOptOut: true },
});

/** The other states of a member in the Bot API. */
const OTHER_STATES = new Set(["administrator", "creator", "left", "restricted"]);

/** The bot's own state in a chat changed. In a private chat the contact blocked or unblocked the bot. */
export function telegramMembership(
  item: unknown,
  { account, receivedAt }: { account: ChannelAccount; receivedAt: Date },
): InboundEvent {
  const membership = MEMBERSHIP.safeParse(item);
  if (!membership.success) return toInvalidEvent(membership.error, "my_chat_member");
  const { chat, date, new_chat_member: member } = membership.data;
  if (account.externalId !== null && String(member.user.id) !== account.externalId)
    return ignoreEvent("other_account");
  if (chat.type !== "private") return ignoreEvent("my_chat_member.group");
  const consent = Object.hasOwn(CONSENTS, member.status) ? CONSENTS[member.status] : undefined;
  if (consent === undefined) return ignoreListed("my_chat_member", member.status, OTHER_STATES);
  // The id of a private chat is the contact's own id.
  return { kind: "consent", from: String(chat.id), providerTime: telegramTime(date, receivedAt), ...consent };
}
