import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { setConsent } from "../../db/contacts/consents.ts";
import { openConversation } from "../../db/conversations/open-conversation.ts";
import { countIgnoredEvent } from "../../db/inbound/ignored-events.ts";
import { storeMessageChange } from "../../db/inbound/message-changes.ts";
import { isTransientDbError, type Database } from "../../db/connection/postgres.ts";
import { applyWatermark, storeReceipt } from "../../db/delivery/receipts.ts";
import { storeVendorReply } from "../../db/turns/vendor-replies.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { InboundEvent } from "../channels/channel.ts";
import { Problem } from "../problem.ts";
import type { StartMessage } from "./start-message.ts";
import type { StartOutbound } from "../start-outbound.ts";

export interface IngestEventDependencies {
  db: Database;
  vault: Vault;
  messageStart: Pick<StartMessage, "startMessage">;
  outbound: Pick<StartOutbound, "startRepair">;
}

export interface ReceiptContext {
  receivedAt: Date;
  /** How long the message's workflow waits for more of the same person, ms. */
  quietMs: number;
  /** The channel's ids of messages name the person, so they may not stand in a workflow's id. */
  messageIdHoldsAddress?: boolean;
  /** It waited in the spool, which keeps an order: it goes into Postgres or stays there, and not into a workflow's start. */
  isSpooled?: boolean;
}

type Of<Kind extends InboundEvent["kind"]> = Extract<InboundEvent, { kind: Kind }>;
type Handlers = {
  [Kind in InboundEvent["kind"]]: (
    account: ChannelAccount,
    event: Of<Kind>,
    context: ReceiptContext,
  ) => Promise<string>;
};

/** Makes one item of a webhook durable, whatever kind it is of, and says in a word what became of it. */
export function createIngestEvent({ db, vault, messageStart, outbound }: IngestEventDependencies) {
  const handlers: Handlers = {
    message: async (account, event, context) => await messageStart.startMessage(account, event, context),

    async receipt(account, { kind: _kind, ...receipt }) {
      const { failed } = await storeReceipt(db, { ...keyOf(account), ...receipt });
      if (failed !== null) await outbound.startRepair(account.tenantId, failed);
      return failed === null ? "receipt" : "late_failure";
    },

    async watermark(account, event) {
      const conversation = await openConversationWith(account, event.from, "");
      await applyWatermark(db, conversation, event);
      return "receipt";
    },

    edit: handleChange,
    delete: handleChange,

    async consent(account, { from, state, source }) {
      const contact = await openConversationWith(account, from, "");
      await db.transaction(async (tx) => {
        await setConsent(tx, { ...keyOf(account), ...contact }, { state, source });
      });
      return state;
    },

    async agent_reply(account, { to, ...reply }) {
      const conversation = await openConversationWith(account, to, "");
      const isNew = await storeVendorReply(db, vault, { ...keyOf(account), ...conversation }, reply);
      return isNew ? "agent_reply" : "duplicate";
    },

    async ignored(account, { what }) {
      await countIgnoredEvent(db, keyOf(account), what);
      return `ignored:${what}`;
    },

    async invalid(account) {
      await countIgnoredEvent(db, keyOf(account), "invalid");
      return "invalid";
    },
  };

  async function handleChange(
    account: ChannelAccount,
    event: Of<"edit" | "delete">,
    { receivedAt }: ReceiptContext,
  ) {
    const { thread = "" } = event;
    const isNew = await storeMessageChange(db, vault, { ...keyOf(account), ...event, thread, receivedAt });
    return isNew ? event.kind : "duplicate";
  }

  async function openConversationWith(account: ChannelAccount, address: string, thread: string) {
    return await openConversation(db, vault, { ...keyOf(account), address, thread });
  }

  return async function ingestEvent<Kind extends InboundEvent["kind"]>(
    account: ChannelAccount,
    event: Of<Kind>,
    context: ReceiptContext,
  ): Promise<string> {
    try {
      return await handlers[event.kind](account, event, context);
    } catch (error) {
      if (!isTransientDbError(error)) throw error;
      // Only a message can travel in its workflow's start; the rest has to wait on disk or be delivered again.
      throw new Problem("unavailable", "The store does not answer. Please deliver it again.");
    }
  };
}

export type IngestEvent = ReturnType<typeof createIngestEvent>;

function keyOf({ tenantId, channel, accountId }: ChannelAccount) {
  return { tenantId, channel, accountId };
}
