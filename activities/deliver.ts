import { findTurnDeliveries, type Delivery, settleAttempt } from "../db/delivery/deliveries.ts";
import { SENT_ELSEWHERE } from "../db/delivery/gate.ts";
import { findTurnScope } from "../db/conversations/transcript.ts";
import { finishTurn, type TurnOutcome } from "../db/turns/finish-turn.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { DeliverResult } from "../workflows/types.ts";
import type { TurnStep } from "./contract.ts";
import { createReroute } from "./delivery/reroute.ts";
import { createPrepareReplyParts } from "./delivery/prepare-reply-parts.ts";
import {
  createLoadSendContext,
  type SendContext,
  type SendContextDependencies,
} from "./delivery/send-context.ts";
import { chooseReplyWindowMs } from "./delivery/send-policy.ts";
import type { SendRates } from "./delivery/send-rates.ts";
import { createSendReplyPart } from "./delivery/send-reply-part.ts";
import type { ReplyPartEnd } from "./delivery/send-through-gate.ts";
import { createHeartbeat } from "./retry/heartbeat.ts";

/** A third of the heartbeat timeout. A long reply takes longer than that timeout. */
const HEARTBEAT_MS = 6_000;

export type DeliverDependencies = SendContextDependencies & { sendRates: SendRates };

type TurnEnd = { outcome: TurnOutcome; reason: string | null };

export function createDeliver({ db, vault, channels, sendRates }: DeliverDependencies) {
  const prepareReplyParts = createPrepareReplyParts({ db, vault, channels });
  const loadSendContext = createLoadSendContext({ db, vault, channels });
  const sendReplyPart = createSendReplyPart({
    db,
    sendRates,
    reroute: createReroute({ vault, channels }),
    windowOf(name, speaker) {
      const channel = channels[name];
      return channel === undefined ? undefined : chooseReplyWindowMs(channel, speaker);
    },
  });

  return async function deliver({ turnId }: TurnStep): Promise<DeliverResult> {
    return await createHeartbeat().beatWhile(HEARTBEAT_MS, () => deliverTurn(turnId));
  };

  async function deliverTurn(turnId: string): Promise<DeliverResult> {
    const scope = await findTurnScope(db, turnId);
    if (scope.plan === "silence")
      return await finish(turnId, { outcome: "suppressed", reason: scope.silenceReason });
    const parts = await prepareReplyParts(scope);
    // The history says `recorded`, but the rows are missing: a standby that lagged was promoted.
    if (parts.length === 0) return await finish(turnId, { outcome: "failed", reason: "poison:reply_lost" });
    const ends = await sendParts(await loadSendContext(scope, parts.length), parts);
    if (ends.includes("superseded"))
      return await finish(turnId, { outcome: "superseded", reason: "newer_message" });
    const isComplete = ends.every((end) => end === "accepted");
    const rows = isComplete ? [] : await findTurnDeliveries(db, vault, scope);
    return await finish(turnId, summarizeOutcome(ends, rows));
  }

  /** In order: a part waits for the one before it, and after a refused or suppressed part the rest would make no sense. */
  async function sendParts(sending: SendContext, parts: readonly Delivery[]): Promise<ReplyPartEnd[]> {
    const ends: ReplyPartEnd[] = [];
    for (const [i, part] of parts.entries()) {
      if (ends.includes("rerouted")) ends.push(await settleUnsent(part, REROUTED));
      else if (ends.some((end) => LOST.has(end))) ends.push(await settleUnsent(part, EARLIER_PART_LOST));
      else ends.push(await sendReplyPart(sending, part, parts.slice(i + 1)));
    }
    return ends;
  }

  async function settleUnsent(part: Delivery, end: typeof REROUTED | typeof EARLIER_PART_LOST) {
    if (part.state !== "intended") return part.state;
    await settleAttempt(db, part, end);
    return end.state;
  }

  async function finish(turnId: string, end: TurnEnd): Promise<DeliverResult> {
    const { more } = await finishTurn(db, { turnId, ...end });
    if (more) await failpoint("after_last_turn");
    return { ...end, more };
  }
}

const REROUTED = { state: "suppressed", code: SENT_ELSEWHERE } as const;
const EARLIER_PART_LOST = { state: "refused", code: "earlier_part_lost" } as const;
const LOST: ReadonlySet<ReplyPartEnd> = new Set(["refused", "suppressed", "superseded"]);

function summarizeOutcome(ends: readonly ReplyPartEnd[], rows: readonly Delivery[]): TurnEnd {
  const failedPart = rows.find((row) => row.state !== "accepted");
  const failureReason =
    failedPart === undefined
      ? null
      : [failedPart.state, failedPart.refusal, failedPart.code].filter(Boolean).join(":");
  if (ends.some((end) => end === "accepted" || end === "unknown"))
    return { outcome: "answered", reason: failureReason };
  return ends.some((end) => end === "suppressed" || end === "rerouted")
    ? { outcome: "suppressed", reason: failedPart?.code ?? null }
    : { outcome: "failed", reason: failureReason };
}
