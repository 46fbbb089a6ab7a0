import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { storeShared, type StoredShared } from "../../db/agents/store-shared.ts";
import { awaitFreshMarks } from "../../db/delivery/await-fresh-marks.ts";
import { storeInbound } from "../../db/inbound/inbox.ts";
import type { NewInbound } from "../../db/inbound/new-inbound.ts";
import {
  type Database,
  isPermanentDbError,
  type Queryable,
  withConnection,
} from "../../db/connection/postgres.ts";
import { sealInlined } from "../../db/inbound/inlined-event.ts";
import { keepUnstored } from "../../db/inbound/unstored-messages.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { failpoint } from "../../infra/runtime/failpoint.ts";
import type { MessageStart, WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import type { InboundMessage } from "../channels/channel.ts";
import { promisesSilence } from "./asks-for-silence.ts";
import { toNewInbound } from "./new-inbound.ts";
import type { ReceiptContext } from "./receipt-context.ts";
import { nameMessageWorkflow } from "./name-workflow.ts";

export interface StartMessageDependencies {
  db: Database;
  vault: Vault;
  starter: Pick<WorkflowStarter, "startMessage">;
  log: Record<"warn" | "error", (details: object, message: string) => void>;
}

type PlannedStart = Pick<MessageStart, "workflowId" | "input" | "quietMs">;

/** `not_addressed`: participants talk to each other in a shared place. Nothing of the message is stored. */
type IngestOutcome = "stored" | "duplicate" | "dead_lettered" | "not_addressed";

const BACKGROUND_TIMEOUT_MS = 5_000;

/** Stores a message and starts its workflow. Resolves when Postgres has the message, and throws the error of Postgres. */
export function createStartMessage({ db, vault, starter, log }: StartMessageDependencies) {
  const inFlight = new Set<Promise<void>>();

  async function startMessage(
    account: ChannelAccount,
    inbound: InboundMessage,
    context: ReceiptContext,
  ): Promise<IngestOutcome> {
    const workflowId = nameMessageWorkflow(vault, account, inbound);
    const message = toNewInbound(account, inbound, { ...context, workflowId });
    const { tenantId, channel, accountId, providerMessageId } = message;
    const input = { channel, accountId, providerMessageId, tenantId };
    const planned = { workflowId, input, quietMs: context.quietMs };
    try {
      // Each statement for itself would wait for a connection of its own, and two long waits are longer than a vendor waits.
      const { stored, silenced } = await withConnection(db, async (one) => await store(one, message));
      await failpoint("after_message_commit");
      if (silenced.length > 0) await awaitFreshMarks(db, { conversationIds: silenced });
      if (stored === null) return "not_addressed";
      if (promisesSilence(message.keyword) || stored.optsOut)
        await awaitFreshMarks(db, { contactOf: stored.conversationId });
      if (stored.hasNewKey)
        log.warn(
          { channel, tenantId, conversationId: stored.conversationId },
          "a contact got a new data key, because no key of this process opens its old one: earlier texts are not readable",
        );
      // Also for a redelivery: the start after the first delivery may have failed.
      if (stored.state === "pending") startInBackground(planned, stored.conversationId);
      return stored.isNew ? "stored" : "duplicate";
    } catch (error) {
      if (context.arrivedAt === undefined && isPermanentDbError(error))
        return await keepForOperator(message, error);
      throw error;
    }
  }

  async function store(one: Queryable, { shared, ...message }: NewInbound): Promise<StoredShared> {
    if (shared !== undefined) return await storeShared(one, vault, { ...message, shared });
    return { stored: await storeInbound(one, vault, message), silenced: [] };
  }

  /** The response does not wait for this start. If it fails, the sweeper repeats it from the row. */
  function startInBackground(planned: PlannedStart, conversationId: string): void {
    const start = async () => {
      await failpoint("after_acknowledgement");
      await track(starter.startMessage({ ...planned, conversationId, timeoutMs: BACKGROUND_TIMEOUT_MS }));
      await failpoint("after_workflow_start");
    };
    start().catch((error: unknown) => {
      log.warn({ err: error, workflowId: planned.workflowId }, "the sweeper will repeat a failed start");
    });
  }

  /** A message that can never be stored is a dead letter at once: a vendor would deliver its whole body for days. */
  async function keepForOperator(message: NewInbound, error: unknown): Promise<IngestOutcome> {
    const { tenantId, channel, accountId, providerMessageId } = message;
    const key = { tenantId, channel, accountId, providerMessageId };
    log.error(
      { err: error, tenantId, channel, accountId },
      "a message cannot be stored: it is a dead letter",
    );
    const inlined = sealInlined(vault, tenantId, { kind: "message", message });
    await keepUnstored(db, { ...key, inlined, reason: "poison:not_storable" });
    return "dead_lettered";
  }

  /** For `drain`; the caller handles the failure. */
  async function track(start: Promise<void>): Promise<void> {
    inFlight.add(start);
    try {
      await start;
    } finally {
      inFlight.delete(start);
    }
  }

  return {
    startMessage,
    /** Waits for the starts in the background. */
    async drain(): Promise<void> {
      await Promise.allSettled(inFlight);
    },
  };
}

export type StartMessage = ReturnType<typeof createStartMessage>;
