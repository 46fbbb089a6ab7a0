import { ApplicationFailure, Context } from "@temporalio/activity";
import { disableAccount, type StoredAccount } from "../db/accounts.ts";
import { setConsent } from "../db/consents.ts";
import { type Delivery, type DeliveryResult, settleAttempt } from "../db/deliveries.ts";
import { openGate, SENT_ELSEWHERE } from "../db/gate.ts";
import type { Database } from "../db/postgres.ts";
import { joinReceipts } from "../db/receipts.ts";
import { DUPLICATE_ACCEPTED } from "../db/replay-dead-letter.ts";
import type { TurnScope } from "../db/transcript.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { OutboundChannel, OutboundPart, SendOutcome } from "./channels/channel.ts";
import { insist } from "./insist.ts";
import type { Reroute } from "./reroute.ts";
import { openElsewhere, sendPolicy, type Speaker, speakerOf, windowFor } from "./send-policy.ts";
import type { SendRates } from "./send-rates.ts";
import { deferred, SHORT_WAIT_MS, waitForTurn } from "./send-waits.ts";

export interface Sending {
  scope: TurnScope;
  channel: OutboundChannel;
  account: StoredAccount;
  /** What every part of this reply shares. */
  envelope: Omit<OutboundPart, "deliveryId" | "part" | "text" | "firstAttemptAt" | "template">;
}

/**
 * `superseded` ends the whole turn: its messages are answered together with a newer one. `rerouted` ends it too: this part and those
 * after it go out in another conversation with the same person.
 */
export type PartEnd = Delivery["state"] | "superseded" | "rerouted";

export interface SendPartDependencies {
  db: Database;
  sendRates: SendRates;
  reroute: Reroute;
  /** The reply window of a channel for a speaker, ms; null where it has none, undefined where there is no such channel. */
  windowOf(channel: string, speaker: Speaker): number | null | undefined;
}

/** A lost answer is not asked about at once: the vendor may still be working on it. */
const SETTLE_MS = 2_000;
/** A vendor that cannot be asked for this long leaves the part as unknown, for an operator to see. */
const RECONCILE_WITHIN_MS = 4 * 3_600_000;

/** Brings one part to an end, or throws the failure that brings this activity back when its time has come. */
export function createSendPart({ db, sendRates, reroute, windowOf }: SendPartDependencies) {
  /** `rest` are the parts after this one: where one goes elsewhere they go with it. */
  return async function sendPart(
    sending: Sending,
    part: Delivery,
    rest: readonly Delivery[],
  ): Promise<PartEnd> {
    if (part.state === "suppressed" && part.code === SENT_ELSEWHERE) return "rerouted";
    if (part.state === "accepted") return await joined(sending, part);
    if (part.state !== "intended" && part.state !== "sending") return part.state;
    if (sending.account.disabled)
      return await settle(part, { state: "refused", refusal: "gone", code: "disabled" });
    await waitForTurn(sending, part);
    if (part.state === "sending") {
      const known = await reconcile(sending, part);
      if (known !== null) return known;
    }
    return await throughGate(sending, part, rest);
  };

  /** A token of the sender's and the person's rate, or how long there is none. A send without one holds up nobody else. */
  async function takeToken({ scope, channel, envelope }: Sending): Promise<number> {
    for (;;) {
      const waitMs = await sendRates.take(channel, { ...scope, ...envelope });
      if (waitMs === 0 || waitMs > SHORT_WAIT_MS) return waitMs;
      await Context.current().sleep(waitMs);
    }
  }

  async function throughGate(sending: Sending, part: Delivery, rest: readonly Delivery[]): Promise<PartEnd> {
    const { scope, channel, account } = sending;
    const speaker = speakerOf(scope);
    const windowMs = windowFor(channel, speaker);
    const rateWaitMs = await takeToken(sending);
    const gate = await openGate(db, {
      scope,
      part,
      policy: (facts) => {
        const elsewhere = openElsewhere(facts, (name) => windowOf(name, speaker));
        return sendPolicy({ ...facts, speaker, windowMs, rateWaitMs, elsewhere });
      },
      reroute: async (tx, conversationId) =>
        await reroute(tx, { scope, conversationId, parts: [part, ...rest] }),
    });
    if (gate.act === "suppress") return "suppressed";
    if (gate.act === "supersede") return "superseded";
    if (gate.act === "reroute") return "rerouted";
    if (gate.act === "taken") throw ApplicationFailure.retryable("Another attempt is sending this part.");
    if (gate.act === "wait") throw await putOff(part, gate);
    const marked = { ...part, attempt: gate.attempt };
    const template = gate.template ? account.settings.template : undefined;
    await failpoint("K12");
    const outcome = await channel.send(
      {
        ...sending.envelope,
        ...partFields(marked),
        firstAttemptAt: gate.firstAttemptAt,
        ...(template === undefined ? {} : { template }),
      },
      account,
      Context.current().cancellationSignal,
    );
    await failpoint("K14");
    return await settleOutcome(sending, marked, outcome);
  }

  async function write(part: Delivery, result: DeliveryResult): Promise<void> {
    await insist(() => settleAttempt(db, part, result));
  }

  async function putOff(part: Delivery, { waitMs, reason }: { waitMs: number; reason: string }) {
    await write(part, { state: "intended", code: reason, waitMs });
    return deferred(waitMs, reason);
  }

  async function settle(part: Delivery, result: DeliveryResult): Promise<Delivery["state"]> {
    await write(part, result);
    return result.state;
  }

  async function settleOutcome(
    sending: Sending,
    part: Delivery,
    outcome: SendOutcome,
  ): Promise<Delivery["state"]> {
    if (outcome.kind === "accepted") return await accepted(sending, part, outcome.providerId);
    if (outcome.kind === "unknown") return await afterLostAnswer(sending, part, outcome.code);
    if (outcome.class !== "retry" && outcome.class !== "throttle" && outcome.class !== "config") {
      await rememberRefusal(sending.scope, outcome);
      return await settle(part, { state: "refused", refusal: outcome.class, code: outcome.code });
    }
    return await tryLater(sending, part, outcome);
  }

  /** The answer was lost: what may be repeated is, what can be asked about is asked later, the rest stays open and visible. */
  async function afterLostAnswer(sending: Sending, part: Delivery, code: string): Promise<Delivery["state"]> {
    const { channel } = sending;
    if (channel.deliveryClass === "idempotency-key") {
      return await tryLater(sending, part, { class: "retry", code, retryAfterMs: SETTLE_MS });
    }
    const isLast = delayBeforeNext(channel, part) === null;
    if (channel.deliveryClass === "at-most-once" || isLast)
      return await settle(part, { state: "unknown", code });
    await write(part, { state: "sending", code, waitMs: SETTLE_MS });
    throw deferred(SETTLE_MS, code);
  }

  async function tryLater(
    { channel }: Sending,
    part: Delivery,
    outcome: Omit<Extract<SendOutcome, { kind: "refused" }>, "kind">,
  ): Promise<Delivery["state"]> {
    const scheduled = delayBeforeNext(channel, part);
    if (scheduled === null)
      return await settle(part, { state: "refused", refusal: outcome.class, code: "attempts_exhausted" });
    const waitMs = Math.max(scheduled, outcome.retryAfterMs ?? 0);
    await write(part, { state: "intended", refusal: outcome.class, code: outcome.code, waitMs });
    throw deferred(waitMs, outcome.code);
  }

  async function rememberRefusal(
    scope: TurnScope,
    { class: kind, code }: { class: string; code: string },
  ): Promise<void> {
    if (kind === "optout") await setConsent(db, scope, { state: "opted_out", source: `carrier:${code}` });
    if (kind === "gone") await disableAccount(db, scope);
  }

  /** What became of an attempt whose answer was lost; null means: send again. */
  async function reconcile(sending: Sending, part: Delivery): Promise<Delivery["state"] | null> {
    const { channel, account, envelope } = sending;
    if (channel.deliveryClass === "idempotency-key") return null;
    if (channel.reconcile === undefined) return await leaveUnknown(part, "answer_lost");
    const firstAttemptAt = part.firstAttemptAt ?? part.updatedAt;
    const question = { ...envelope, ...partFields(part), firstAttemptAt };
    const found = await channel.reconcile(question, account, Context.current().cancellationSignal);
    if (found.kind === "unknown") {
      if (part.triedForMs > RECONCILE_WITHIN_MS)
        return await leaveUnknown(part, "reconciliation_unavailable");
      throw deferred(SETTLE_MS, "reconciliation_unavailable");
    }
    return found.kind === "found" ? await accepted(sending, part, found.providerId) : null;
  }

  /** Whoever replays a dead letter may have said that the person had better read it twice than never. */
  async function leaveUnknown(part: Delivery, code: string): Promise<Delivery["state"] | null> {
    return part.code === DUPLICATE_ACCEPTED ? null : await settle(part, { state: "unknown", code });
  }

  async function accepted(sending: Sending, part: Delivery, providerId: string): Promise<"accepted"> {
    await write(part, { state: "accepted", providerId, acceptedAt: new Date() });
    return await joined(sending, { providerId, receipt: null });
  }

  /**
   * A receipt may be quicker than we are: what came before our commit is joined after it, and by the next attempt where this one
   * died in between.
   */
  async function joined(
    { scope, channel }: Sending,
    { providerId, receipt }: Pick<Delivery, "providerId" | "receipt">,
  ): Promise<"accepted"> {
    if (channel.receipts && providerId !== null && receipt === null)
      await joinReceipts(db, scope, providerId);
    return "accepted";
  }
}

/** A replay begins the channel's schedule anew. */
function delayBeforeNext(channel: OutboundChannel, { attempt, earlierAttempts }: Delivery): number | null {
  return channel.delayBeforeAttemptMs(attempt - earlierAttempts + 1);
}

function partFields({ id, part, text }: Delivery) {
  return { deliveryId: id, part: part + 1, text };
}
