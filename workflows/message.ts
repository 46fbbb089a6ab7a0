import { continueAsNew, defineQuery, setHandler, sleep } from "@temporalio/workflow";
import { runFallbackChain } from "./answer.ts";
import type { TierStep } from "../activities/contract.ts";
import { REPLY_LOST } from "./failures.ts";
import { poisonReason } from "./poison.ts";
import { RECORDS_AGAIN, TURNS_PER_RUN } from "./policies.ts";
import { messageSteps, type MessageSteps } from "./steps.ts";
import type { AcquiredTurn, AdmitResult, DeliverResult, MessageInput, MessageOutcome } from "./types.ts";
import { IS_STORED_QUERY, type Tier } from "./names.ts";

const isStoredQuery = defineQuery<boolean>(IS_STORED_QUERY);

/** The life of one inbound message, from its admission to the delivery of its answer. */
export async function message({ inlined, ...input }: MessageInput): Promise<MessageOutcome> {
  const steps = messageSteps(async () => await continueAsNew<typeof message>(input));
  let isStored = inlined === undefined;
  setHandler(isStoredQuery, () => isStored);
  if (inlined !== undefined) {
    const stored = await steps.storeInlined({ ...input, inlined });
    isStored = true;
    if (stored.kind !== "stored") return stored;
    // Such a workflow starts without a delay, because the message must be stored first.
    if (stored.quietMs > 0) await sleep(stored.quietMs, { summary: "· quiet window" });
  }
  return await converse(steps, input);
}

/** The steps after a message is stored. */
type TurnSteps = Omit<MessageSteps, "storeInlined">;

/**
 * Answers the turn of this message, then the messages that arrived during it: their workflows have ended as joined and depend on this
 * one. Postgres knows the turn owner, so a run that was interrupted is run again.
 */
export async function converse(steps: TurnSteps, input: MessageInput): Promise<MessageOutcome> {
  let last: MessageOutcome | null = null;
  for (let turns = 1; ; turns++) {
    const end = await answerNext(steps, input);
    if (end.kind !== "ended") return last ?? end;
    last = { kind: end.delivered.outcome, reason: end.delivered.reason, tier: end.tier, turns };
    if (!end.delivered.more) return last;
    if (turns === TURNS_PER_RUN) return await continueAsNew<typeof message>(input);
  }
}

type TurnEnd = { kind: "ended"; tier: Tier | null; delivered: DeliverResult };

/** Admits one turn and brings it to its end. A step that fails permanently ends the turn as a dead letter. */
async function answerNext(
  steps: TurnSteps,
  input: MessageInput,
): Promise<TurnEnd | Exclude<AdmitResult, AcquiredTurn>> {
  let turnId: string | null = null;
  try {
    const admission = await steps.admit(input);
    if (admission.kind !== "turn") return admission;
    ({ turnId } = admission);
    return { kind: "ended", ...(await answerTurn(steps, admission)) };
  } catch (error) {
    const reason = poisonReason(error);
    if (reason === null) throw error;
    return { kind: "ended", tier: null, delivered: await steps.deadLetterTurn({ turnId, reason }) };
  }
}

async function answerTurn(
  steps: TurnSteps,
  turn: AcquiredTurn,
): Promise<{ tier: Tier; delivered: DeliverResult }> {
  const { turnId } = turn;
  if (turn.plan === "answer") {
    const route = await steps.retrieve({ turnId });
    const choice = await runFallbackChain(steps, turn, route);
    return { tier: choice.tier, delivered: await recordAndDeliver(steps, { turnId, ...choice }) };
  }
  const delivered = turn.plan === "notice" ? await sendNotice(steps, turn) : await steps.deliver({ turnId });
  return { tier: "fixed_text", delivered };
}

/** A fixed text (an opt-out confirmed, help) takes the same steps as every reply, without retrieval and without a model call. */
async function sendNotice(steps: TurnSteps, { turnId, modelCall }: AcquiredTurn): Promise<DeliverResult> {
  const step = { turnId, tier: "fixed_text", reason: "notice" } as const;
  await steps.generate(step, modelCall);
  await steps.screen(step);
  return await recordAndDeliver(steps, step);
}

/**
 * The rows of a reply are committed without a wait for the disk. A crash of PostgreSQL before the first send may lose them, and the stored
 * completion makes them again. After a crash nothing was sent, because the gate waits for the disk. A standby that lagged may have lost the rows
 * of a send: the parts keep their ids, so a vendor that takes a key drops the second send (docs/decisions/0023-memory-of-a-turn.md).
 */
async function recordAndDeliver(steps: TurnSteps, step: TierStep): Promise<DeliverResult> {
  const { turnId } = step;
  for (let again = 0; ; again++) {
    await steps.record(step);
    try {
      return await steps.deliver({ turnId });
    } catch (error) {
      if (poisonReason(error) !== REPLY_LOST || again === RECORDS_AGAIN) throw error;
    }
  }
}
