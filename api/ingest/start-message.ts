import type { Client } from "@temporalio/client";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { type NewInbound, storeInbound } from "../../db/inbound/inbox.ts";
import { isTransientDbError, type Database } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { failpoint } from "../../infra/runtime/failpoint.ts";
import { startWorkflow } from "../../infra/runtime/temporal/start-workflow.ts";
import { messageWorkflowId, taskQueues, WORKFLOW_TYPE } from "../../workflows/names.ts";
import type { MessageInput } from "../../workflows/types.ts";
import type { InboundMedia, InboundMessage } from "../channels/channel.ts";
import type { ReceiptContext } from "./ingest-event.ts";
import { parseConsentKeyword } from "./consent-keyword.ts";
import { Problem } from "../problem.ts";

export interface StartMessageDependencies {
  db: Database;
  vault: Vault;
  temporal: Client;
  taskQueue: string;
  /** True where a worker of the same process shares the connection. */
  eager: boolean;
  log: { warn(details: object, message: string): void };
}

interface PlannedStart {
  workflowId: string;
  input: MessageInput;
  /** The workflow sleeps for so long first, ms. */
  quietMs: number;
}

export type IngestOutcome = "stored" | "duplicate" | "inlined";

/** 132 bits of the hash: nobody meets another message's id. */
const HIDDEN_ID_LENGTH = 22;
const START_TIMEOUT_MS = 5_000;
/** Where the start itself is the promise it must be waited for, and answered before a sender gives up. */
const INLINED_TIMEOUT_MS = 2_000;

/**
 * Makes a message durable and starts its workflow. Resolves once one of two stores has it: the Postgres row, else the workflow's
 * start with the encrypted message inside. Throws `Problem("unavailable")` when both are away.
 */
export function createStartMessage(dependencies: StartMessageDependencies) {
  const { db, vault, temporal, log } = dependencies;
  const inFlight = new Set<Promise<void>>();

  const start = (
    { workflowId, input, quietMs }: PlannedStart,
    conversationId: string | null,
    timeoutMs: number,
  ) => {
    const started = startWorkflow(temporal, {
      workflowType: WORKFLOW_TYPE,
      workflowId,
      taskQueue: taskQueues(dependencies.taskQueue).main,
      input,
      searchAttributes: {
        TenantId: input.tenantId,
        Channel: input.channel,
        ...(conversationId === null ? {} : { ConversationId: conversationId }),
      },
      summary: `· inbound message, ${input.channel.replaceAll("-", " ")}`,
      startDelayMs: quietMs,
      eager: dependencies.eager,
      allowRestart: false,
      timeoutMs,
    });
    inFlight.add(started);
    // The set only counts; whoever called handles the failure.
    void started.catch(() => undefined).finally(() => inFlight.delete(started));
    return started;
  };

  async function startMessage(
    account: ChannelAccount,
    inbound: InboundMessage,
    context: ReceiptContext,
  ): Promise<IngestOutcome> {
    const visibleId =
      context.messageIdHoldsAddress === true ? hashMessageId(account, inbound) : inbound.providerMessageId;
    const workflowId = messageWorkflowId({ ...account, visibleId });
    const message = toNewInbound(account, inbound, { ...context, workflowId });
    const input = { ...keyOf(message), tenantId: account.tenantId };
    const planned = { workflowId, input, quietMs: context.quietMs };
    try {
      const stored = await storeInbound(db, vault, message);
      await failpoint("K3");
      // A redelivery whose first copy is waiting may be waiting because its start was lost.
      if (stored.state === "pending") startInBackground(planned, stored.conversationId);
      return stored.isNew ? "stored" : "duplicate";
    } catch (error) {
      if (!isTransientDbError(error) || context.isSpooled === true) throw error;
      return await startWithInlined(planned, message);
    }
  }

  /** The same for a redelivery, and nothing that leads to the person without our key. */
  function hashMessageId(
    { channel, accountId }: ChannelAccount,
    { providerMessageId }: InboundMessage,
  ): string {
    const hash = vault.hash(`message id\n${channel}/${accountId}\n${providerMessageId}`);
    return hash.toString("base64url").slice(0, HIDDEN_ID_LENGTH);
  }

  /** Behind the answer: the row is the promise, and a start that fails is the sweeper's. */
  function startInBackground(planned: PlannedStart, conversationId: string): void {
    const begin = async () => {
      await failpoint("K4");
      await start(planned, conversationId, START_TIMEOUT_MS);
      await failpoint("K5");
    };
    begin().catch((error: unknown) => {
      log.warn({ err: error, workflowId: planned.workflowId }, "start left to the sweeper");
    });
  }

  async function startWithInlined(
    { input, ...planned }: PlannedStart,
    message: NewInbound,
  ): Promise<IngestOutcome> {
    const inlined = vault
      .sealForTenant(input.tenantId, "inlined", JSON.stringify(message))
      .toString("base64");
    try {
      await start({ ...planned, input: { ...input, inlined } }, null, INLINED_TIMEOUT_MS);
    } catch (error) {
      log.warn({ err: error }, "neither Postgres nor Temporal could take a message");
      throw new Problem(
        "unavailable",
        "Neither of our two stores answers. Nothing was kept; please deliver it again.",
      );
    }
    return "inlined";
  }

  return {
    startMessage,
    /** Waits for the starts that go on behind their answers. */
    async drain(): Promise<void> {
      await Promise.allSettled(inFlight);
    },
  };
}

export type StartMessage = ReturnType<typeof createStartMessage>;

function toNewInbound(
  account: ChannelAccount,
  inbound: InboundMessage,
  { receivedAt, quietMs, workflowId }: ReceiptContext & { workflowId: string },
): NewInbound {
  const { tenantId, channel, accountId } = account;
  const { providerMessageId, from, aliases, media = [], providerTime } = inbound;
  const text = appendMediaNotes(inbound.text, media);
  return {
    tenantId,
    channel,
    accountId,
    providerMessageId,
    workflowId,
    from,
    ...(aliases === undefined ? {} : { aliases }),
    thread: inbound.thread ?? "",
    text,
    ...(media.length === 0 ? {} : { media: JSON.stringify(media) }),
    keyword: parseConsentKeyword(inbound.text, account.settings.keywords),
    providerTime,
    providerSequence: inbound.providerSequence ?? null,
    receivedAt,
    wakeAt: new Date(receivedAt.getTime() + quietMs),
    // Kept, because it is part of what was said; not answered, because there is nothing to answer.
    ...(text.trim() === "" ? { suppressed: "empty_text" } : {}),
  };
}

/** The transcript and the model see that something came along, and what it was. */
function appendMediaNotes(text: string, media: readonly InboundMedia[]): string {
  const notes = media.map(({ kind, name }) =>
    name === null ? `[${kind}]` : `[${kind}: ${name.toWellFormed()}]`,
  );
  return [text, ...notes].filter((line) => line !== "").join("\n");
}

function keyOf({ channel, accountId, providerMessageId }: NewInbound) {
  return { channel, accountId, providerMessageId };
}
