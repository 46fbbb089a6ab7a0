import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { findConversationOwner, openConversation } from "../../db/conversations/open-conversation.ts";
import type { Database } from "../../db/connection/postgres.ts";
import type { Notify } from "../../db/web/stream-signals.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { appendReply } from "../../db/web/stream.ts";
import type { OutboundChannel, SendOutcome } from "./channel.ts";
import { chatDelayBeforeAttemptMs } from "./chat-schedule.ts";
import { createSplit } from "./notation/create-split.ts";
import { OWN_RATES } from "./own-rates.ts";

/** A bubble that fits on one or two screens of a phone. */
const MAX_CHARACTERS = 4_000;

export interface WebChannelOptions {
  db: Database;
  vault: Vault;
  notify: Notify;
}

/**
 * Web chat: a send is a row in the conversation's stream, which the page reads from Postgres, now or later. The delivery's id is
 * the row's key, so a send with an unknown outcome is repeated without harm.
 */
export function createWebChannel({ db, vault, notify }: WebChannelOptions): OutboundChannel {
  return {
    name: "web",
    deliveryClass: "idempotency-key",
    // The page reports what it has shown.
    receipts: true,
    replyWindowMs: null,
    rates: OWN_RATES,
    delayBeforeAttemptMs: chatDelayBeforeAttemptMs,
    ...createSplit("separate", (text) => text.length <= MAX_CHARACTERS),
    async send(reply, { tenantId }): Promise<SendOutcome> {
      const { deliveryId, conversationId, text, marks, author, part, parts, sources } = reply;
      const owner = await findConversationOwner(db, tenantId, conversationId);
      const shown = marks.length === 0 ? { text } : { text, marks };
      await appendReply(db, vault, owner, { deliveryId, ...shown, author, part, parts, sources });
      await notify(conversationId, "news");
      return { kind: "accepted", providerId: deliveryId };
    },
    /** Open pages show it until the reply arrives, or for some seconds. */
    async indicateTyping({ to, thread }, account) {
      const { conversationId } = await openConversation(db, vault, {
        ...toAccountKey(account),
        address: to,
        thread,
      });
      await notify(conversationId, "typing");
    },
  };
}

function toAccountKey({ tenantId, channel, accountId }: ChannelAccount) {
  return { tenantId, channel, accountId };
}
