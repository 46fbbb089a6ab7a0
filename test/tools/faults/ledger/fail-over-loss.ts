import type { Client } from "@temporalio/client";
import type { Received } from "../../../../infra/cli/demo/receivers.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { indexLedger } from "./index-ledger.ts";
import type { Ledger } from "./ledger.ts";

/** The time before the primary's death of which the standby knows nothing, ms, and what that was in its log. */
export interface Lag {
  from: number;
  until: number;
  bytes: number;
}

export interface Loss {
  /** Acknowledged, and in no inbox any more; with the workflow that Temporal still knows. */
  messages: { providerMessageId: string; workflowId: string | null }[];
  /** Sends that no row tells of any more. */
  sends: readonly Received[];
  /** Lost messages of which Temporal knows nothing either. */
  unknownToTemporal: number;
  /** Lost messages that were acknowledged before the lag began: there must be none. */
  beforeLag: number;
  /** Messages that were acknowledged while the standby lay behind. */
  inLag: number;
  acknowledged: number;
  sendsTotal: number;
}

/** A commit and its acknowledgement are a few milliseconds apart, and what was on its way when the line fell silent is lost too. */
const EDGE_MS = 500;

/** What a fail-over took away: the loader's log against the inbox, and each loss looked up in Temporal, which has another store. */
export async function findLoss(ledger: Ledger, lag: Lag, temporal: Client): Promise<Loss> {
  const index = indexLedger(ledger);
  const lost = findMissing(ledger);
  const known = await workflowsByEnd(temporal);
  const messages = lost.map(({ channel, providerMessageId }) => ({
    providerMessageId,
    workflowId:
      known.find((id) => id.startsWith(`msg:${channel}/`) && id.endsWith(`:${providerMessageId}`)) ?? null,
  }));
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

/** The ledger without what was lost in the lag: of all else every invariant must hold. */
export function removeLoss(ledger: Ledger, lag: Lag): Ledger {
  const lost = new Set(findMissing(ledger).filter(({ acknowledgedAt }) => isIn(lag, acknowledgedAt)));
  const unrecorded = new Set(unrecordedSends(ledger, lag));
  return {
    ...ledger,
    offered: ledger.offered.filter((message) => !lost.has(message)),
    sends: ledger.sends.filter((send) => !unrecorded.has(send)),
    // Their answers were lost: the turn was made again, with whoever had written meanwhile.
    modelCalls: ledger.modelCalls.filter(({ at }) => !isIn(lag, at)),
  };
}

/**
 * Sends in the lag whose record the standby had not got: no row is about them, or the part's row had gone back to before the send and the
 * part was sent once more. A vendor without our ids leaves such a send to the person's nearest part.
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

async function workflowsByEnd(temporal: Client): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of temporal.workflow.list({ query: "WorkflowType = 'message'" }))
    ids.push(workflowId);
  return ids;
}
