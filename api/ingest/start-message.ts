import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { awaitAllFreshMarks, awaitFreshMarks } from "../../db/delivery/await-fresh-marks.ts";
import { type NewInbound, storeInbound } from "../../db/inbound/inbox.ts";
import { type Database, isPermanentDbError, isStoreError } from "../../db/connection/postgres.ts";
import { sealInlined } from "../../db/inbound/inlined-event.ts";
import { keepUnstored } from "../../db/inbound/unstored-messages.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { failpoint } from "../../infra/runtime/failpoint.ts";
import type { MessageStart, WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import type { InboundMessage } from "../channels/channel.ts";
import { Problem } from "../problem.ts";
import { promisesSilence } from "./asks-for-silence.ts";
import { toNewInbound } from "./new-inbound.ts";
import type { ReceiptContext } from "./receipt-context.ts";
import { nameMessageWorkflow } from "./name-workflow.ts";
import { createStartInlined } from "./start-inlined.ts";

export interface StartMessageDependencies {
  db: Database;
  vault: Vault;
  starter: Pick<WorkflowStarter, "startMessage">;
  /** The database's clock, which this process estimates. */
  toDatabaseTime(time: Date): Date;
  log: Record<"warn" | "error", (details: object, message: string) => void>;
}

type PlannedStart = Pick<MessageStart, "workflowId" | "input" | "quietMs">;

export type IngestOutcome = "stored" | "duplicate" | "inlined" | "dead_lettered";

const BACKGROUND_TIMEOUT_MS = 5_000;
/** The response waits for this start, and the caller gives up after 3 s (Slack). */
const INLINED_TIMEOUT_MS = 2_000;

/**
 * Makes a message durable and starts its workflow. Resolves when one of two stores has the message: Postgres, or else Temporal, in
 * whose workflow start the encrypted message is inlined. Throws `Problem("unavailable")` if both are unavailable.
 */
export function createStartMessage({ db, vault, starter, toDatabaseTime, log }: StartMessageDependencies) {
  const inFlight = new Set<Promise<void>>();
  const startInlined = createStartInlined({ vault, starter });

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
      const stored = await storeInbound(db, vault, message);
      await failpoint("after_message_commit");
      if (message.keyword === "stop") await awaitFreshMarks(db, { contactOf: stored.conversationId });
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
      if (!isStoreError(error) || context.hasSpool === true) throw error;
      log.warn(
        { err: error, workflowId },
        "Postgres did not accept a message; it is inlined in its workflow",
      );
      await inlineInWorkflow(account, inbound, context, promisesSilence(message.keyword));
      return "inlined";
    }
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

  async function inlineInWorkflow(
    account: ChannelAccount,
    inbound: InboundMessage,
    context: ReceiptContext,
    isSilence: boolean,
  ): Promise<void> {
    const arrived = { ...context, arrivedAt: toDatabaseTime(context.receivedAt) };
    try {
      // The marks of sends that passed the gate before the outage are in Postgres and cannot be read now.
      await Promise.all([
        track(startInlined(account, inbound, arrived, INLINED_TIMEOUT_MS)),
        isSilence ? awaitAllFreshMarks() : null,
      ]);
    } catch (error) {
      log.warn({ err: error }, "neither Postgres nor Temporal accepted a message");
      throw new Problem(
        "unavailable",
        "Postgres and Temporal are both unavailable. Nothing was stored; please deliver it again.",
      );
    }
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
