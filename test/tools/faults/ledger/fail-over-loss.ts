import type { Client } from "@temporalio/client";
import { nameMessageWorkflow } from "../../../../api/ingest/name-workflow.ts";
import type { Vault } from "../../../../db/connection/vault.ts";
import type { Received } from "../../../../infra/cli/demo/receivers.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { indexLedger } from "./index-ledger.ts";
import type { Ledger } from "./ledger.ts";

/** The time before the failure of the primary that the standby has not replicated, ms, and the size of the missing log. */
export interface Lag {
  from: number;
  until: number;
  bytes: number;
}

export interface Loss {
  /** Acknowledged messages without an inbox row, with the workflow that Temporal still has. */
  messages: { providerMessageId: string; workflowId: string | null }[];
  /** Sends without a row. */
  sends: readonly Received[];
  /** Lost messages without a workflow in Temporal. */
  unknownToTemporal: number;
  /** Lost messages that were acknowledged before the lag began. There must be none. */
  beforeLag: number;
  /** Messages that were acknowledged during the lag. */
  inLag: number;
  acknowledged: number;
  sendsTotal: number;
}

/** A commit and its acknowledgement are a few milliseconds apart, and messages in transit when the replication stopped are lost too. */
const EDGE_MS = 500;

/**
 * Finds what a fail-over lost: compares the log of the loader with the inbox, and looks each loss up in Temporal, which has its own store.
 * `vault`: that of the installation, because ids that name a contact are hashed in the ids of workflows.
 */
export async function findLoss(
  ledger: Ledger,
  lag: Lag,
  { temporal, vault }: { temporal: Client; vault: Vault },
): Promise<Loss> {
  const index = indexLedger(ledger);
  const lost = findMissing(ledger);
  const workflowIds = new Set(await listMessageWorkflows(temporal));
  const messages = lost.map((message) => {
    const { channel, accountId = "main", providerMessageId } = message;
    const workflowId = nameMessageWorkflow(vault, { channel, accountId }, message);
    return { providerMessageId, workflowId: workflowIds.has(workflowId) ? workflowId : null };
  });
  return {
    messages,
    sends: unrecordedSends(ledger, lag),
    unknownToTemporal: messages.filter(({ workflowId }) => workflowId === null).length,
    beforeLag: lost.filter((message) => !isIn(lag, message.acknowledgedAt)).length,
    inLag: index.acknowledged.filter(({ acknowledgedAt }) => isIn(lag, acknowledgedAt)).length,
    acknowledged: index.acknowledged.length,
    sendsTotal: ledger.sends.length,
  };
}

/** The ledger without the messages and sends that were lost in the lag. Every invariant must hold for the rest. */
export function removeLoss(ledger: Ledger, lag: Lag): Ledger {
  const lost = new Set(findMissing(ledger).filter(({ acknowledgedAt }) => isIn(lag, acknowledgedAt)));
  const unrecorded = new Set(unrecordedSends(ledger, lag));
  return {
    ...ledger,
    offered: ledger.offered.filter((message) => !lost.has(message)),
    sends: ledger.sends.filter((send) => !unrecorded.has(send)),
    // Their completions were lost: the turn was repeated, with the messages that had arrived since.
    modelCalls: ledger.modelCalls.filter(({ at }) => !isIn(lag, at)),
  };
}

/**
 * Sends in the lag that the standby has not recorded. Either they have no row, or the row of the part was restored to its state before the
 * send and the part was sent again. A send without our id is matched with the latest part of the contact.
 */
function unrecordedSends(ledger: Ledger, lag: Lag): Received[] {
  const index = indexLedger(ledger);
  const repeated = ledger.replyParts.flatMap((part) => {
    const sends = index.sendsOf(part).toSorted((a, b) => a.at - b.at);
    const inLag = sends.filter(({ at }) => isIn(lag, at));
    return inLag.length < sends.length ? inLag : inLag.slice(0, -1);
  });
  return [...index.unmatchedSends.filter(({ at }) => isIn(lag, at)), ...repeated];
}

function findMissing(ledger: Ledger): OfferedMessage[] {
  const index = indexLedger(ledger);
  return index.acknowledged.filter(
    ({ channel, providerMessageId }) => index.rowsOf(channel, providerMessageId).length === 0,
  );
}

function isIn({ from, until }: Lag, at: number | null): boolean {
  return at !== null && at >= from - EDGE_MS && at <= until + EDGE_MS;
}

async function listMessageWorkflows(temporal: Client): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of temporal.workflow.list({ query: "WorkflowType = 'message'" }))
    ids.push(workflowId);
  return ids;
}
