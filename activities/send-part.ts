import { activityInfo, ApplicationFailure, Context } from "@temporalio/activity";
import { disableAccount, type StoredAccount } from "../db/accounts.ts";
import { setConsent } from "../db/consents.ts";
import { type Delivery, openGate, settleAttempt } from "../db/deliveries.ts";
import type { Database } from "../db/postgres.ts";
import type { TurnScope } from "../db/transcript.ts";
import { FAILURES } from "../workflows/failures.ts";
import type { OutboundChannel, OutboundPart, SendOutcome } from "./channels/channel.ts";

export interface Sending {
  scope: TurnScope;
  channel: OutboundChannel;
  account: StoredAccount;
  /** What every part of this reply shares. */
  envelope: Pick<OutboundPart, "to" | "inReplyTo" | "sources" | "conversationId" | "parts">;
}

/** Longest wait that the activity sits out itself; a longer one goes back to Temporal, which remembers it without us. */
const SHORT_WAIT_MS = 1_000;
/** A lost answer is not asked about at once: the vendor may still be working on it. */
const SETTLE_MS = 2_000;
/** A vendor that cannot be asked for this long leaves the part as unknown, for an operator to see. */
const RECONCILE_WITHIN_MS = 4 * 3_600_000;

/** Brings one part to an end, or throws the failure that brings this activity back when its time has come. */
export function createSendPart({ db }: { db: Database }) {
  return async function sendPart(sending: Sending, part: Delivery): Promise<Delivery["state"]> {
    if (part.state !== "intended" && part.state !== "sending") return part.state;
    if (sending.account.disabled)
      return await settle(part, { state: "refused", refusal: "gone", code: "disabled" });
    await waitForTurn(part);
    if (part.state === "sending") {
      const known = await reconcile(sending, part);
      if (known !== null) return known;
    }
    const gate = await openGate(db, sending.scope, part, { consent: sending.scope.plan !== "notice" });
    if (!gate.open && gate.reason === "opted_out") return "suppressed";
    if (!gate.open) throw ApplicationFailure.retryable("Another attempt is sending this part.");
    const marked = { ...part, attempt: gate.attempt };
    const outcome = await sending.channel.send(
      { ...sending.envelope, ...partFields(marked), firstAttemptAt: gate.firstAttemptAt },
      sending.account,
      Context.current().cancellationSignal,
    );
    return await settleOutcome(sending, marked, outcome);
  };

  async function settle(
    part: Delivery,
    result: Parameters<typeof settleAttempt>[2],
  ): Promise<Delivery["state"]> {
    await settleAttempt(db, part, result);
    return result.state;
  }

  async function settleOutcome(
    sending: Sending,
    part: Delivery,
    outcome: SendOutcome,
  ): Promise<Delivery["state"]> {
    if (outcome.kind === "accepted")
      return await settle(part, { state: "accepted", providerId: outcome.providerId });
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
    const isLast = channel.delayBeforeAttemptMs(part.attempt + 1) === null;
    if (channel.deliveryClass === "at-most-once" || isLast)
      return await settle(part, { state: "unknown", code });
    const nextAttemptAt = new Date(Date.now() + SETTLE_MS);
    await settleAttempt(db, part, { state: "sending", code, nextAttemptAt });
    throw deferred(SETTLE_MS, code);
  }

  async function tryLater(
    { channel }: Sending,
    part: Delivery,
    outcome: Omit<Extract<SendOutcome, { kind: "refused" }>, "kind">,
  ): Promise<Delivery["state"]> {
    const scheduled = channel.delayBeforeAttemptMs(part.attempt + 1);
    if (scheduled === null)
      return await settle(part, { state: "refused", refusal: outcome.class, code: "attempts_exhausted" });
    const waitMs = Math.max(scheduled, outcome.retryAfterMs ?? 0);
    const nextAttemptAt = new Date(Date.now() + waitMs);
    await settleAttempt(db, part, {
      state: "intended",
      refusal: outcome.class,
      code: outcome.code,
      nextAttemptAt,
    });
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
    if (channel.reconcile === undefined) return await settle(part, { state: "unknown", code: "answer_lost" });
    const firstAttemptAt = part.firstAttemptAt ?? part.updatedAt;
    const question = { ...envelope, ...partFields(part), firstAttemptAt };
    const found = await channel.reconcile(question, account, Context.current().cancellationSignal);
    if (found.kind === "unknown") {
      const isTooLate = Date.now() - firstAttemptAt.getTime() > RECONCILE_WITHIN_MS;
      if (isTooLate) return await settle(part, { state: "unknown", code: "reconciliation_unavailable" });
      throw deferred(SETTLE_MS, "reconciliation_unavailable");
    }
    return found.kind === "found"
      ? await settle(part, { state: "accepted", providerId: found.providerId })
      : null;
  }
}

function partFields({ id, part, text }: Delivery) {
  return { deliveryId: id, part: part + 1, text };
}

/** Sits out a short wait, hands a long one back to Temporal. */
async function waitForTurn(part: Delivery): Promise<void> {
  const waitMs = (part.nextAttemptAt?.getTime() ?? 0) - Date.now();
  if (waitMs <= 0) return;
  if (waitMs > SHORT_WAIT_MS) throw deferred(waitMs, "not_yet");
  await Context.current().sleep(waitMs);
}

/** The local first attempt ends here and the normal activity takes over; that one comes back after the wait. */
function deferred(waitMs: number, code: string): ApplicationFailure {
  const message = `The send comes back in ${Math.ceil(waitMs / 1000)} s (${code}).`;
  if (activityInfo().isLocal) return ApplicationFailure.nonRetryable(message, FAILURES.deliveryDeferred);
  return ApplicationFailure.create({ message, type: FAILURES.deliveryDeferred, nextRetryDelay: waitMs });
}
