import { storeAgentReply } from "../../db/agents/store-agent-reply.ts";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { storeVendorConsent } from "../../db/contacts/vendor-consents.ts";
import { moveThread } from "../../db/conversations/move-thread.ts";
import { openConversation } from "../../db/conversations/open-conversation.ts";
import { countIgnoredEvent } from "../../db/inbound/ignored-events.ts";
import { storeChange } from "../../db/inbound/message-changes.ts";
import { type Database, isPermanentDbError, isStoreError } from "../../db/connection/postgres.ts";
import { awaitFreshMarks } from "../../db/delivery/await-fresh-marks.ts";
import { applyWatermark, storeReceipt } from "../../db/delivery/receipts.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import type { InboundEvent } from "../channels/channel.ts";
import { Problem } from "../problem.ts";
import { limitText } from "./limit-text.ts";
import { keyOf, toNewChange, toNewAgentReply, toNewConsent } from "./new-event.ts";
import type { ReceiptContext } from "./receipt-context.ts";
import type { StartMessage } from "./start-message.ts";

export interface IngestEventDependencies {
  db: Database;
  vault: Vault;
  messages: Pick<StartMessage, "startMessage">;
  starter: Pick<WorkflowStarter, "startRepair">;
  log: { error(details: object, message: string): void };
}

type Of<Kind extends InboundEvent["kind"]> = Extract<InboundEvent, { kind: Kind }>;
type Handlers = {
  [Kind in InboundEvent["kind"]]: (
    account: ChannelAccount,
    event: Of<Kind>,
    context: ReceiptContext,
  ) => Promise<string>;
};

/**
 * Stores one inbound event in Postgres by the handler of its kind, and returns the outcome as a word. Throws `Problem("unavailable")` where
 * Postgres does not accept it.
 */
export function createIngestEvent({ db, vault, messages, starter, log }: IngestEventDependencies) {
  const handlers: Handlers = {
    async message(account, event, context) {
      const outcome = await messages.startMessage(account, event, context);
      return outcome === "not_addressed" ? await ignore(account, `message.${outcome}`) : outcome;
    },

    async receipt(account, { kind: _kind, ...receipt }) {
      const { failed } = await storeReceipt(db, { ...keyOf(account), ...receipt });
      if (failed !== null) await starter.startRepair(account.tenantId, failed);
      return failed === null ? "receipt" : "late_failure";
    },

    async watermark(account, event) {
      const conversation = await openDirectConversation(account, event.from);
      await applyWatermark(db, conversation, event);
      return "receipt";
    },

    edit: handleChange,
    delete: handleChange,

    consent: handleConsent,

    async agent_reply(account, event) {
      const { outcome, conversationIds } = await storeAgentReply(db, vault, toNewAgentReply(account, event));
      if (outcome === "own") return await ignore(account, "echo");
      if (outcome === "not_addressed") return await ignore(account, "agent_reply.not_addressed");
      await awaitFreshMarks(db, { conversationIds });
      return outcome === "stored" ? "agent_reply" : "duplicate";
    },

    async moved_thread(account, { from, to }) {
      await moveThread(db, { ...keyOf(account), from, to });
      return "moved_thread";
    },

    ignored: async (account, { what }) => await ignore(account, what),

    async invalid(account) {
      await countIgnoredEvent(db, keyOf(account), "invalid");
      return "invalid";
    },
  };

  async function ignore(account: ChannelAccount, what: string) {
    await countIgnoredEvent(db, keyOf(account), what);
    return `ignored:${what}`;
  }

  async function handleConsent(account: ChannelAccount, event: Of<"consent">, context: ReceiptContext) {
    const stored = await storeVendorConsent(db, vault, toNewConsent(account, event, context));
    if (stored.outcome === "no_opt_out") return await ignore(account, "consent.no_opt_out");
    if (event.state === "opted_out") await awaitFreshMarks(db, { contactId: stored.contactId });
    return stored.outcome === "applied" ? event.state : await ignore(account, "consent.no_effect");
  }

  async function handleChange(
    account: ChannelAccount,
    event: Of<"edit" | "delete">,
    context: ReceiptContext,
  ) {
    const isNew = await storeChange(db, vault, toNewChange(account, event, context));
    if (isNew === null) return await ignore(account, `${event.kind}.not_addressed`);
    return isNew ? event.kind : "duplicate";
  }

  async function openDirectConversation(account: ChannelAccount, address: string) {
    return await openConversation(db, vault, { ...keyOf(account), address, thread: "" });
  }

  async function setAside(account: ChannelAccount, { kind }: InboundEvent, error: unknown) {
    log.error({ err: error, ...keyOf(account), kind }, "an inbound event can never be stored");
    return await ignore(account, `not_storable.${kind}`);
  }

  return async function ingestEvent<Kind extends InboundEvent["kind"]>(
    account: ChannelAccount,
    event: Of<Kind>,
    context: ReceiptContext,
  ): Promise<string> {
    try {
      return await handlers[event.kind](account, limitText(account.channel, event), context);
    } catch (error) {
      // A later delivery would fail in the same way, and the whole body would be delivered again with it.
      if (context.arrivedAt === undefined && isPermanentDbError(error))
        return await setAside(account, event, error);
      if (!isStoreError(error)) throw error;
      const unavailable = new Problem(
        "unavailable",
        "Postgres is unavailable. Please deliver the event again.",
      );
      throw Object.assign(unavailable, { cause: error });
    }
  };
}

export type IngestEvent = ReturnType<typeof createIngestEvent>;
