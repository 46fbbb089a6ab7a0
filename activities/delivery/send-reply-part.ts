import { ApplicationFailure, Context } from "@temporalio/activity";
import { disableAccount, type StoredAccount } from "../../db/tenants/accounts.ts";
import { setConsent } from "../../db/contacts/consents.ts";
import { type Delivery, type AttemptOutcome, settleAttempt } from "../../db/delivery/deliveries.ts";
import { openGate, SENT_ELSEWHERE } from "../../db/delivery/gate.ts";
import type { Database } from "../../db/connection/postgres.ts";
import { applyReceipts } from "../../db/delivery/receipts.ts";
import { DUPLICATE_ACCEPTED } from "../../db/turns/replay-dead-letter.ts";
import type { TurnScope } from "../../db/conversations/transcript.ts";
import { failpoint } from "../../infra/runtime/failpoint.ts";
import type { OutboundChannel, ReplyPart, SendOutcome } from "../channels/channel.ts";
import { withRetry } from "../retry/with-retry.ts";
import type { Reroute } from "./reroute.ts";
import {
  findOpenLinkedConversation,
  sendPolicy,
  type Speaker,
  chooseSpeaker,
  chooseReplyWindowMs,
} from "./send-policy.ts";
import type { SendRates } from "./send-rates.ts";
import { createDeferral, SHORT_WAIT_MS, waitForNextAttempt } from "./send-waits.ts";

export interface SendContext {
  scope: TurnScope;
  channel: OutboundChannel;
  account: StoredAccount;
  /** What every part of this reply shares. */
  envelope: Omit<ReplyPart, "deliveryId" | "part" | "text" | "firstAttemptAt" | "template">;
}

/**
 * `superseded` ends the whole turn: its messages are answered together with a newer one. `rerouted` ends it too: this part and those
 * after it go out in another conversation with the same person.
 */
export type ReplyPartEnd = Delivery["state"] | "superseded" | "rerouted";

export interface SendReplyPartDependencies {
  db: Database;
  sendRates: SendRates;
  reroute: Reroute;
  /** The reply window of a channel for a speaker, ms; null where it has none, undefined where there is no such channel. */
  windowOf(channel: string, speaker: Speaker): number | null | undefined;
}

/** A lost answer is not asked about at once: the vendor may still be working on it. */
const RECONCILE_AFTER_MS = 2_000;
/** A vendor that cannot be asked for this long leaves the part as unknown, for an operator to see. */
const RECONCILE_WITHIN_MS = 4 * 3_600_000;

/** Brings one part to an end, or throws the failure that brings this activity back when its time has come. */
export function createSendReplyPart({ db, sendRates, reroute, windowOf }: SendReplyPartDependencies) {
  /** `rest` are the parts after this one: where one goes elsewhere they go with it. */
  return async function sendReplyPart(
    sending: SendContext,
    part: Delivery,
    rest: readonly Delivery[],
  ): Promise<ReplyPartEnd> {
    if (part.state === "suppressed" && part.code === SENT_ELSEWHERE) return "rerouted";
    if (part.state === "accepted") return await joinEarlyReceipts(sending, part);
    if (part.state !== "intended" && part.state !== "sending") return part.state;
    if (sending.account.disabled)
      return await settle(part, { state: "refused", refusal: "gone", code: "disabled" });
    await waitForNextAttempt(sending, part);
    if (part.state === "sending") {
      const known = await reconcile(sending, part);
      if (known !== null) return known;
    }
    return await sendThroughGate(sending, part, rest);
  };

  /** A token of the sender's and the person's rate, or how long there is none. A send without one holds up nobody else. */
  async function takeToken({ scope, channel, envelope }: SendContext): Promise<number> {
    for (;;) {
      const waitMs = await sendRates.take(channel, { ...scope, ...envelope });
      if (waitMs === 0 || waitMs > SHORT_WAIT_MS) return waitMs;
      await Context.current().sleep(waitMs);
    }
  }

  async function sendThroughGate(
    sending: SendContext,
    part: Delivery,
    rest: readonly Delivery[],
  ): Promise<ReplyPartEnd> {
    const { scope, channel, account } = sending;
    const speaker = chooseSpeaker(scope);
    const windowMs = chooseReplyWindowMs(channel, speaker);
    const rateWaitMs = await takeToken(sending);
    const gate = await openGate(db, {
      scope,
      part,
      policy: (facts) => {
        const elsewhere = findOpenLinkedConversation(facts, (name) => windowOf(name, speaker));
        return sendPolicy({ ...facts, speaker, windowMs, rateWaitMs, elsewhere });
      },
      reroute: async (tx, conversationId) =>
        await reroute(tx, { scope, conversationId, parts: [part, ...rest] }),
    });
    if (gate.act === "suppress") return "suppressed";
    if (gate.act === "supersede") return "superseded";
    if (gate.act === "reroute") return "rerouted";
    if (gate.act === "taken")
      throw ApplicationFailure.retryable("Another attempt is sending this reply part.");
    if (gate.act === "wait") throw await deferPart(part, gate);
    const marked = { ...part, attempt: gate.attempt };
    const template = gate.template ? account.settings.template : undefined;
    await failpoint("after_gate_commit");
    const outcome = await channel.send(
      {
        ...sending.envelope,
        ...toPartFields(marked),
        firstAttemptAt: gate.firstAttemptAt,
        ...(template === undefined ? {} : { template }),
      },
      account,
      Context.current().cancellationSignal,
    );
    await failpoint("after_vendor_response");
    return await settleOutcome(sending, marked, outcome);
  }

  async function writeResult(part: Delivery, result: AttemptOutcome): Promise<void> {
    await withRetry(() => settleAttempt(db, part, result));
  }

  async function deferPart(part: Delivery, { waitMs, reason }: { waitMs: number; reason: string }) {
    await writeResult(part, { state: "intended", code: reason, waitMs });
    return createDeferral(waitMs, reason);
  }

  async function settle(part: Delivery, result: AttemptOutcome): Promise<Delivery["state"]> {
    await writeResult(part, result);
    return result.state;
  }

  async function settleOutcome(
    sending: SendContext,
    part: Delivery,
    outcome: SendOutcome,
  ): Promise<Delivery["state"]> {
    if (outcome.kind === "accepted") return await settleAccepted(sending, part, outcome.providerId);
    if (outcome.kind === "unknown") return await settleLostResponse(sending, part, outcome.code);
    if (outcome.class !== "retry" && outcome.class !== "throttle" && outcome.class !== "config") {
      await recordRefusal(sending.scope, outcome);
      return await settle(part, { state: "refused", refusal: outcome.class, code: outcome.code });
    }
    return await scheduleRetry(sending, part, outcome);
  }

  /** The answer was lost: what may be repeated is, what can be asked about is asked later, the rest stays open and visible. */
  async function settleLostResponse(
    sending: SendContext,
    part: Delivery,
    code: string,
  ): Promise<Delivery["state"]> {
    const { channel } = sending;
    if (channel.deliveryClass === "idempotency-key") {
      return await scheduleRetry(sending, part, { class: "retry", code, retryAfterMs: RECONCILE_AFTER_MS });
    }
    const isLast = nextDelayMs(channel, part) === null;
    if (channel.deliveryClass === "at-most-once" || isLast)
      return await settle(part, { state: "unknown", code });
    await writeResult(part, { state: "sending", code, waitMs: RECONCILE_AFTER_MS });
    throw createDeferral(RECONCILE_AFTER_MS, code);
  }

  async function scheduleRetry(
    { channel }: SendContext,
    part: Delivery,
    outcome: Omit<Extract<SendOutcome, { kind: "refused" }>, "kind">,
  ): Promise<Delivery["state"]> {
    const scheduled = nextDelayMs(channel, part);
    if (scheduled === null)
      return await settle(part, { state: "refused", refusal: outcome.class, code: "attempts_exhausted" });
    const waitMs = Math.max(scheduled, outcome.retryAfterMs ?? 0);
    await writeResult(part, { state: "intended", refusal: outcome.class, code: outcome.code, waitMs });
    throw createDeferral(waitMs, outcome.code);
  }

  async function recordRefusal(
    scope: TurnScope,
    { class: kind, code }: { class: string; code: string },
  ): Promise<void> {
    if (kind === "optout") await setConsent(db, scope, { state: "opted_out", source: `carrier:${code}` });
    if (kind === "gone") await disableAccount(db, scope);
  }

  /** What became of an attempt whose answer was lost; null means: send again. */
  async function reconcile(sending: SendContext, part: Delivery): Promise<Delivery["state"] | null> {
    const { channel, account, envelope } = sending;
    if (channel.deliveryClass === "idempotency-key") return null;
    if (channel.reconcile === undefined) return await markUnknown(part, "response_lost");
    const firstAttemptAt = part.firstAttemptAt ?? part.updatedAt;
    const question = { ...envelope, ...toPartFields(part), firstAttemptAt };
    const found = await channel.reconcile(question, account, Context.current().cancellationSignal);
    if (found.kind === "unknown") {
      if (part.triedForMs > RECONCILE_WITHIN_MS) return await markUnknown(part, "reconciliation_unavailable");
      throw createDeferral(RECONCILE_AFTER_MS, "reconciliation_unavailable");
    }
    return found.kind === "found" ? await settleAccepted(sending, part, found.providerId) : null;
  }

  /** Whoever replays a dead letter may have said that the person had better read it twice than never. */
  async function markUnknown(part: Delivery, code: string): Promise<Delivery["state"] | null> {
    return part.code === DUPLICATE_ACCEPTED ? null : await settle(part, { state: "unknown", code });
  }

  async function settleAccepted(
    sending: SendContext,
    part: Delivery,
    providerId: string,
  ): Promise<"accepted"> {
    await writeResult(part, { state: "accepted", providerId, acceptedAt: new Date() });
    return await joinEarlyReceipts(sending, { providerId, receipt: null });
  }

  /**
   * A receipt may be quicker than we are: what came before our commit is joined after it, and by the next attempt where this one
   * died in between.
   */
  async function joinEarlyReceipts(
    { scope, channel }: SendContext,
    { providerId, receipt }: Pick<Delivery, "providerId" | "receipt">,
  ): Promise<"accepted"> {
    if (channel.receipts && providerId !== null && receipt === null)
      await applyReceipts(db, scope, providerId);
    return "accepted";
  }
}

/** A replay begins the channel's schedule anew. */
function nextDelayMs(channel: OutboundChannel, { attempt, earlierAttempts }: Delivery): number | null {
  return channel.delayBeforeAttemptMs(attempt - earlierAttempts + 1);
}

function toPartFields({ id, part, text }: Delivery) {
  return { deliveryId: id, part: part + 1, text };
}
