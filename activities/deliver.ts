import { findTurnDeliveries, type Delivery } from "../db/delivery/deliveries.ts";
import { settleAttempt } from "../db/delivery/settle-attempt.ts";
import { type OutageWatch, spreadHold } from "../db/connection/watch-outages.ts";
import { findReplyToSend } from "../db/delivery/reply-to-send.ts";
import { type FinishedTurn, finishTurn, type TurnOutcome } from "../db/turns/finish-turn.ts";
import type { FaultReports } from "../infra/runtime/faults/report-faults.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { DeliverResult } from "../workflows/types.ts";
import type { TurnStep } from "./contract.ts";
import { createReroute } from "./delivery/reroute.ts";
import { createPrepareReplyParts } from "./delivery/prepare-reply-parts.ts";
import {
  createOpenSendContext,
  type SendContext,
  type SendContextDependencies,
} from "./delivery/send-context.ts";
import { chooseReplyWindowMs } from "./delivery/send-policy.ts";
import type { SendRates } from "./delivery/send-rates.ts";
import { createSendReplyPart } from "./delivery/send-reply-part.ts";
import type { ReplyPartEnd } from "./delivery/send-through-gate.ts";
import { createDeadline, type Deadline } from "./retry/deadline.ts";
import { createReplyLost } from "./retry/create-reply-lost.ts";
import { createHeartbeat } from "./retry/heartbeat.ts";
import { TIME_LIMITS_MS } from "../workflows/time-limits.ts";

/** A long reply takes longer than the heartbeat timeout. */
const HEARTBEAT_MS = TIME_LIMITS_MS.retryingSendHeartbeat * 0.3;

export type DeliverDependencies = SendContextDependencies & {
  sendRates: SendRates;
  outages: Pick<OutageWatch, "holdMs">;
  reports?: FaultReports | undefined;
  /** From 0 to 1: where in the spread a held send begins. */
  random?: () => number;
};

interface SentParts {
  ends: ReplyPartEnd[];
  finished: FinishedTurn | null;
}

type TurnEnd = { outcome: TurnOutcome; reason: string | null };

export function createDeliver({
  db,
  vault,
  channels,
  sendRates,
  outages,
  reports,
  random,
}: DeliverDependencies) {
  const prepareReplyParts = createPrepareReplyParts({ vault, channels });
  const openSendContext = createOpenSendContext({ vault, channels });
  const sendReplyPart = createSendReplyPart({
    db,
    reports,
    sendRates,
    holdMs: () => spreadHold(outages.holdMs(), random),
    reroute: createReroute({ vault, channels }),
    windowOf(name, speaker) {
      const channel = channels[name];
      return channel === undefined ? undefined : chooseReplyWindowMs(channel, speaker);
    },
  });

  return async function deliver({ turnId }: TurnStep): Promise<DeliverResult> {
    const deadline = createDeadline();
    return await createHeartbeat().beatWhile(HEARTBEAT_MS, () => deliverTurn(turnId, deadline));
  };

  async function deliverTurn(turnId: string, deadline: Deadline): Promise<DeliverResult> {
    const reply = await findReplyToSend(db, vault, turnId);
    const { scope } = reply;
    if (scope.plan === "silence")
      return await finish(turnId, { outcome: "suppressed", reason: scope.silenceReason });
    const parts = await prepareReplyParts(db, reply);
    if (parts.length === 0) throw createReplyLost("The database has no reply of this turn.");
    const { ends, finished } = await sendParts(
      openSendContext(reply, { parts: parts.length, deadline }),
      parts,
    );
    if (finished !== null) return await passLastTurn(finished);
    const isComplete = ends.every((end) => end === "accepted");
    const rows = isComplete ? [] : await findTurnDeliveries(db, vault, scope);
    return await finish(turnId, summarizeOutcome(ends, rows));
  }

  /**
   * In order: a part waits for the one before it. After a refused part the rest would make no sense, and a closed gate ends the rest.
   * `finished`: the acceptance of the last part has ended the turn as complete.
   */
  async function sendParts(sending: SendContext, parts: readonly Delivery[]): Promise<SentParts> {
    const ends: ReplyPartEnd[] = [];
    let finished: FinishedTurn | null = null;
    const onTurnFinished = (end: FinishedTurn) => {
      finished = end;
    };
    for (const [i, part] of parts.entries()) {
      const laterParts = parts.slice(i + 1).filter(isUnsent);
      const isEnd = i === parts.length - 1 && ends.every((end) => end === "accepted");
      if (ends.includes("refused")) ends.push(await refuseUnsent(part));
      else ends.push(await sendReplyPart(isEnd ? { ...sending, onTurnFinished } : sending, part, laterParts));
      if (ends.at(-1) === "suppressed") break;
    }
    return { ends, finished };
  }

  async function refuseUnsent(part: Delivery): Promise<ReplyPartEnd> {
    if (part.state !== "intended") return part.state;
    await settleAttempt(db, part, { state: "refused", code: "earlier_part_lost" });
    return "refused";
  }

  async function finish(turnId: string, end: TurnEnd): Promise<DeliverResult> {
    return await passLastTurn(await finishTurn(db, { turnId, ...end }));
  }
}

async function passLastTurn(finished: FinishedTurn): Promise<DeliverResult> {
  if (finished.more) await failpoint("after_last_turn");
  return finished;
}

/** A later part may have been sent before a replay. */
function isUnsent({ state }: Delivery): boolean {
  return state === "intended";
}

function summarizeOutcome(ends: readonly ReplyPartEnd[], rows: readonly Delivery[]): TurnEnd {
  const failedPart = rows.find((row) => row.state !== "accepted");
  const failureReason =
    failedPart === undefined
      ? null
      : [failedPart.state, failedPart.refusal, failedPart.code].filter(Boolean).join(":");
  if (ends.some((end) => end === "accepted" || end === "unknown"))
    return { outcome: "answered", reason: failureReason };
  return ends.includes("suppressed")
    ? { outcome: "suppressed", reason: failedPart?.code ?? null }
    : { outcome: "failed", reason: failureReason };
}
