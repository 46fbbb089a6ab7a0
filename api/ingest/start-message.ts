import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { awaitAllFreshMarks, awaitFreshMarks } from "../../db/delivery/await-fresh-marks.ts";
import { type NewInbound, storeInbound } from "../../db/inbound/inbox.ts";
import { type Database, isPermanentDbError, isStoreError } from "../../db/connection/postgres.ts";
import { keepUnstored } from "../../db/inbound/unstored-messages.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { failpoint } from "../../infra/runtime/failpoint.ts";
import type { MessageStart, WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import { messageWorkflowId } from "../../workflows/names.ts";
import type { InboundMessage } from "../channels/channel.ts";
import { Problem } from "../problem.ts";
import { promisesSilence } from "./asks-for-silence.ts";
import { toNewInbound } from "./new-inbound.ts";
import type { ReceiptContext } from "./receipt-context.ts";

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

/** 132 bits of the hash: collisions are practically impossible. */
const HIDDEN_ID_LENGTH = 22;
const BACKGROUND_TIMEOUT_MS = 5_000;
/** The response waits for this start, and the caller gives up after 3 s (Slack). */
const INLINED_TIMEOUT_MS = 2_000;

/**
 * Makes a message durable and starts its workflow. Resolves when one of two stores has the message: Postgres, or else Temporal, in
 * whose workflow start the encrypted message is inlined. Throws `Problem("unavailable")` if both are unavailable.
 */
export function createStartMessage({ db, vault, starter, toDatabaseTime, log }: StartMessageDependencies) {
  const inFlight = new Set<Promise<void>>();

  async function startMessage(
    account: ChannelAccount,
    inbound: InboundMessage,
    context: ReceiptContext,
  ): Promise<IngestOutcome> {
    const visibleId =
      context.messageIdHoldsAddress === true ? hashMessageId(account, inbound) : inbound.providerMessageId;
    const workflowId = messageWorkflowId({ ...account, visibleId });
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
      const arrivedAt = toDatabaseTime(context.receivedAt);
      return await startWithInlined(planned, { ...message, arrivedAt });
    }
  }

  /** Equal for every redelivery; without our key it does not reveal the contact. */
  function hashMessageId(
    { channel, accountId }: ChannelAccount,
    { providerMessageId }: InboundMessage,
  ): string {
    const hash = vault.hash(`message id\n${channel}/${accountId}\n${providerMessageId}`);
    return hash.toString("base64url").slice(0, HIDDEN_ID_LENGTH);
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
    await keepUnstored(db, { ...key, inlined: sealInlined(message), reason: "poison:not_storable" });
    return "dead_lettered";
  }

  function sealInlined(message: NewInbound): string {
    return vault.sealForTenant(message.tenantId, "inlined", JSON.stringify(message)).toString("base64");
  }

  async function startWithInlined(
    { workflowId, input }: PlannedStart,
    message: NewInbound,
  ): Promise<IngestOutcome> {
    const start = starter.startMessage({
      workflowId,
      input: { ...input, inlined: sealInlined(message) },
      conversationId: null,
      // The message is stored first; the workflow waits for the rest of the quiet window then.
      quietMs: 0,
      timeoutMs: INLINED_TIMEOUT_MS,
    });
    try {
      // The marks of sends that passed the gate before the outage are in Postgres and cannot be read now.
      await Promise.all([track(start), promisesSilence(message.keyword) ? awaitAllFreshMarks() : null]);
    } catch (error) {
      log.warn({ err: error }, "neither Postgres nor Temporal accepted a message");
      throw new Problem(
        "unavailable",
        "Postgres and Temporal are both unavailable. Nothing was stored; please deliver it again.",
      );
    }
    return "inlined";
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
