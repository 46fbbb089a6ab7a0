import type { ChannelAccount } from "../db/channel-account.ts";
import { setConsent } from "../db/consents.ts";
import { openConversation } from "../db/contacts.ts";
import { countIgnored } from "../db/ignored-items.ts";
import { storeChange } from "../db/message-changes.ts";
import { isPostgresAway, type Database } from "../db/postgres.ts";
import { applyWatermark, storeReceipt } from "../db/receipts.ts";
import { storeVendorReply } from "../db/vendor-replies.ts";
import type { Vault } from "../db/vault.ts";
import type { InboundEvent } from "./channels/channel.ts";
import { Problem } from "./problem.ts";
import type { StartMessage } from "./start-message.ts";
import type { StartOutbound } from "./start-outbound.ts";

export interface TakeEventDependencies {
  db: Database;
  vault: Vault;
  intake: Pick<StartMessage, "startMessage">;
  outbound: Pick<StartOutbound, "startRepair">;
}

export interface Arrival {
  receivedAt: Date;
  /** How long the message's workflow waits for more of the same person, ms. */
  quietMs: number;
  /** The channel's ids of messages name the person, so they may not stand in a workflow's id. */
  idsNamePeople?: boolean;
  /** It waited in the spool, which keeps an order: it goes into Postgres or stays there, and not into a workflow's start. */
  isSpooled?: boolean;
}

type Of<Kind extends InboundEvent["kind"]> = Extract<InboundEvent, { kind: Kind }>;
type Takers = {
  [Kind in InboundEvent["kind"]]: (
    account: ChannelAccount,
    event: Of<Kind>,
    arrival: Arrival,
  ) => Promise<string>;
};

/** Makes one item of a webhook durable, whatever kind it is of, and says in a word what became of it. */
export function createTakeEvent({ db, vault, intake, outbound }: TakeEventDependencies) {
  const takers: Takers = {
    message: async (account, event, arrival) => await intake.startMessage(account, event, arrival),

    async receipt(account, { kind: _kind, ...receipt }) {
      const { failed } = await storeReceipt(db, { ...keyOf(account), ...receipt });
      if (failed !== null) await outbound.startRepair(account.tenantId, failed);
      return failed === null ? "receipt" : "late_failure";
    },

    async watermark(account, event) {
      const conversation = await conversationWith(account, event.from, "");
      await applyWatermark(db, conversation, event);
      return "receipt";
    },

    edit: storeChangeOf,
    delete: storeChangeOf,

    async consent(account, { from, state, source }) {
      const contact = await conversationWith(account, from, "");
      await db.transaction(async (tx) => {
        await setConsent(tx, { ...keyOf(account), ...contact }, { state, source });
      });
      return state;
    },

    async human_reply(account, { to, ...reply }) {
      const conversation = await conversationWith(account, to, "");
      const isNew = await storeVendorReply(db, vault, { ...keyOf(account), ...conversation }, reply);
      return isNew ? "human_reply" : "duplicate";
    },

    async ignored(account, { what }) {
      await countIgnored(db, keyOf(account), what);
      return `ignored:${what}`;
    },

    async invalid(account) {
      await countIgnored(db, keyOf(account), "invalid");
      return "invalid";
    },
  };

  async function storeChangeOf(
    account: ChannelAccount,
    event: Of<"edit" | "delete">,
    { receivedAt }: Arrival,
  ) {
    const { thread = "" } = event;
    const isNew = await storeChange(db, vault, { ...keyOf(account), ...event, thread, receivedAt });
    return isNew ? event.kind : "duplicate";
  }

  async function conversationWith(account: ChannelAccount, address: string, thread: string) {
    return await openConversation(db, vault, { ...keyOf(account), address, thread });
  }

  return async function takeEvent<Kind extends InboundEvent["kind"]>(
    account: ChannelAccount,
    event: Of<Kind>,
    arrival: Arrival,
  ): Promise<string> {
    try {
      return await takers[event.kind](account, event, arrival);
    } catch (error) {
      if (!isPostgresAway(error)) throw error;
      // Only a message can travel in its workflow's start; the rest has to wait on disk or be delivered again.
      throw new Problem("unavailable", "The store does not answer. Please deliver it again.");
    }
  };
}

export type TakeEvent = ReturnType<typeof createTakeEvent>;

function keyOf({ tenantId, channel, accountId }: ChannelAccount) {
  return { tenantId, channel, accountId };
}
