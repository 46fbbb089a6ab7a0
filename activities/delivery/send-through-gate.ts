import { activityInfo, ApplicationFailure, Context } from "@temporalio/activity";
import type { Database } from "../../db/connection/postgres.ts";
import type { Delivery } from "../../db/delivery/deliveries.ts";
import { bringConversationForward } from "../../db/delivery/bring-forward.ts";
import { openGate, takeBackMark } from "../../db/delivery/gate.ts";
import { failpoint } from "../../infra/runtime/failpoint.ts";
import { writeAfterEnd } from "../../infra/runtime/step-end.ts";
import type { CallSignal } from "../../infra/runtime/network/egress-guard.ts";
import { BEGIN_PART_MS, TIME_LIMITS_MS } from "../../workflows/time-limits.ts";
import type { SendOutcome } from "../channels/channel.ts";
import type { Reroute } from "./reroute.ts";
import type { SendContext } from "./send-context.ts";
import {
  chooseReplyWindowMs,
  chooseSpeaker,
  findOpenLinkedConversation,
  sendPolicy,
  type Speaker,
} from "./send-policy.ts";
import type { SendRates } from "./send-rates.ts";
import { createDeferral, requireTime, SHORT_WAIT_MS } from "./send-waits.ts";
import { createSlowAccounts } from "./slow-accounts.ts";
import { type Settlement, toPartFields } from "./settlement.ts";
import { createShutdownSignal } from "../retry/shutdown-signal.ts";

/** `suppressed` ends the whole turn: the later parts are suppressed with this one. */
export type ReplyPartEnd = Delivery["state"];

export interface SendThroughGateDependencies {
  db: Database;
  sendRates: SendRates;
  /** How long a send is held because Postgres was unavailable, ms; 0 for now. */
  holdMs(): number;
  reroute: Reroute;
  /** The reply window of a channel for a speaker, ms; null without such a rule, undefined for an unknown channel. */
  windowOf(channel: string, speaker: Speaker): number | null | undefined;
  settlement: Settlement;
}

/** The connection that came too late stays open for a few seconds, so the next attempt finds it. */
const LATE_RETRY_MS = 500;

/** One attempt: a token of the send rate, the gate, the send, its outcome. */
export function createSendThroughGate({
  db,
  sendRates,
  holdMs,
  reroute,
  windowOf,
  settlement,
}: SendThroughGateDependencies) {
  const slowAccounts = createSlowAccounts();

  return async function sendThroughGate(
    sending: SendContext,
    part: Delivery,
    laterParts: readonly Delivery[],
  ): Promise<ReplyPartEnd> {
    if (activityInfo().isLocal && slowAccounts.has(sending.scope)) throw createDeferral(0, "slow_vendor");
    const rateWaitMs = await takeToken(sending);
    const gate = await askGate(sending, [part, ...laterParts], rateWaitMs);
    if (gate.act === "wait") {
      if (gate.reason === "earlier_reply")
        await bringConversationForward(db, sending.scope.conversationId, { oncePerWait: true });
      return await settlement.defer(part, gate);
    }
    if (gate.act === "taken")
      throw ApplicationFailure.retryable("Another attempt is sending this reply part.");
    if (gate.act !== "sending") return "suppressed";
    const mark = { ...gate, part: { ...part, attempt: gate.attempt } };
    return await writeAfterEnd(async () => await sendMarked(sending, mark));
  };

  async function sendMarked(sending: SendContext, mark: SendMark): Promise<ReplyPartEnd> {
    const outcome = await send(sending, mark);
    if (outcome.kind !== "late") return await settlement.settleOutcome(sending, mark.part, outcome);
    await takeBackMark(db, mark.part, LATE_RETRY_MS);
    throw createDeferral(LATE_RETRY_MS, outcome.code);
  }

  /** 0 with a token of the account's and the contact's rate, else the wait for one, ms. The policy decides what a wait means. */
  async function takeToken({ scope, channel, envelope, deadline }: SendContext): Promise<number> {
    for (;;) {
      requireTime(deadline, BEGIN_PART_MS);
      const waitMs = await sendRates.take(channel, { ...scope, ...envelope });
      if (waitMs === 0 || waitMs > SHORT_WAIT_MS) return waitMs;
      await Context.current().sleep(waitMs);
    }
  }

  async function askGate(
    { scope, channel }: SendContext,
    parts: readonly [Delivery, ...Delivery[]],
    rateWaitMs: number,
  ) {
    const speaker = chooseSpeaker(scope);
    const windowMs = chooseReplyWindowMs(channel, speaker);
    return await openGate(db, {
      scope,
      part: parts[0],
      policy(facts) {
        const elsewhere = findOpenLinkedConversation(facts, (name) => windowOf(name, speaker));
        return sendPolicy({ ...facts, speaker, windowMs, rateWaitMs, elsewhere, holdMs: holdMs() });
      },
      isHeld: () => holdMs() > 0,
      reroute: async (tx, conversationId) => await reroute(tx, { scope, conversationId, parts }),
    });
  }

  async function send(
    { scope, channel, account, envelope }: SendContext,
    { part, firstAttemptAt, beginByMs, template: needsTemplate }: SendMark,
  ): Promise<SendOutcome> {
    const template = needsTemplate ? account.settings.template : undefined;
    await failpoint("after_gate_commit");
    const message = {
      ...envelope,
      ...toPartFields(template === undefined ? channel.notation : "plain", part),
      firstAttemptAt,
      ...(template === undefined ? {} : { template }),
    };
    // The response to the gate's COMMIT may have been late, or this process may have been suspended.
    if (performance.now() > beginByMs) return { kind: "late", code: "gate_late" };
    const signal = createSendSignal(beginByMs);
    const outcome = await slowAccounts.observe(scope, () => channel.send(message, account, signal));
    await failpoint("after_vendor_response");
    return outcome;
  }
}

/** Ends a send at its time limit, with all of its requests, and at the shutdown of the worker. */
function createSendSignal(beginByMs: number): CallSignal {
  const limit = AbortSignal.timeout(TIME_LIMITS_MS.send);
  return Object.assign(AbortSignal.any([createShutdownSignal(), limit]), { beginByMs });
}

/** What the gate noted about this attempt. */
interface SendMark {
  part: Delivery;
  beginByMs: number;
  firstAttemptAt: Date;
  template: boolean;
}
