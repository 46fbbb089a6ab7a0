import type { OfferedMessage } from "../../load/loader.ts";
import type { Ledger, PartRow } from "../ledger.ts";

/** A ledger that a test may change. */
export type MutableLedger = {
  [K in keyof Ledger]: Ledger[K] extends readonly (infer Item)[] ? Item[] : Ledger[K];
};

/** A ledger without rows, for a test to fill. */
export function emptyLedger(): MutableLedger {
  return {
    offered: [],
    deeds: [],
    stalls: [],
    departures: [],
    modelCalls: [],
    callPlaces: { in_workflow_task: 0, over_queue: 0 },
    expectedPlaces: [],
    ambiguousTimes: [],
    events: [],
    arrivedEvents: [],
    expectsEvents: true,
    sends: [],
    inbox: [],
    turns: [],
    replyParts: [],
    conversations: [],
    running: [],
    firstStarts: new Map(),
    healedAt: 900_000,
    settleWithinMs: 60_000,
    idleAt: 910_000,
  };
}

/** A message that was posted once and acknowledged 10 ms later. */
export function offeredMessage({
  at,
  ...fields
}: Pick<OfferedMessage, "channel" | "from" | "marker" | "providerMessageId"> & {
  at: number;
}): OfferedMessage {
  return {
    ...fields,
    text: `When are you open? (${fields.marker})`,
    atMs: at,
    copies: 1,
    attempts: [{ at, endedAt: at + 10, status: 202 }],
    acknowledgedAt: at + 10,
    forged: false,
  };
}

/** The only part of a reply after its first attempt, accepted. */
export function newReplyPart(
  fields: Pick<PartRow, "id" | "turnId" | "firstAttemptAt"> & Partial<PartRow>,
): PartRow {
  const { firstAttemptAt: lastAttemptAt } = fields;
  const accepted = { part: 0, state: "accepted", attempt: 1, providerId: null, code: null, receipt: null };
  return { ...accepted, lastAttemptAt, ...fields };
}
