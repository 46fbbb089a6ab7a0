import { log } from "@temporalio/activity";
import { setConsent, toOptOutSource } from "../../db/contacts/consents.ts";
import { type Database, isTransientDbError } from "../../db/connection/postgres.ts";
import type { TurnScope } from "../../db/conversations/transcript.ts";
import type { Delivery } from "../../db/delivery/deliveries.ts";
import { acceptLastPart, type AttemptOutcome, settleAttempt } from "../../db/delivery/settle-attempt.ts";
import { WRITE_AGAIN_AFTER_MS } from "../../db/delivery/gate.ts";
import { applyReceipts } from "../../db/delivery/receipts.ts";
import { disableAccount } from "../../db/tenants/accounts.ts";
import { formatAccountName } from "../../db/tenants/channel-account.ts";
import { describeRefusedAccount, describeRefusedTarget } from "../../infra/runtime/faults/classify-fault.ts";
import type { FaultReports } from "../../infra/runtime/faults/report-faults.ts";
import { isForbiddenTarget } from "../../infra/runtime/network/egress-refused.ts";
import { retryTransient } from "../../infra/runtime/retry-transient.ts";
import { type Notation, writeReply } from "../channels/notation/notation.ts";
import { readFaultPlace } from "../retry/fault-place.ts";
import type { OutboundChannel, SendOutcome } from "../channels/channel.ts";
import { createAccountHealth } from "./account-health.ts";
import type { SendContext } from "./send-context.ts";
import { createDeferral } from "./send-waits.ts";

const WRITE_AGAIN = { isTransient: isTransientDbError, waitsMs: WRITE_AGAIN_AFTER_MS };

type AttemptKey = Pick<Delivery, "id" | "attempt">;
type Refusal = Omit<Extract<SendOutcome, { kind: "refused" }>, "kind">;

/**
 * A wrong account or target fails every attempt until an operator changes it. The retries cover a short error of the vendor; after them the
 * reply is a dead letter with the reason, and the conversation does not wait for the rest of the schedule.
 */
const RETRY_WRONG_ACCOUNT_MS = 30 * 60_000;

/** A vendor may still be working on a send when its response is lost, so the question to the vendor waits. */
export const RECONCILE_AFTER_MS = 2_000;

/**
 * Writes what one attempt at a reply part led to. Where the part is not at its end, the functions throw the failure that repeats the
 * activity when the next attempt is due.
 */
export function createSettlement({
  db,
  reports,
}: {
  db: Database;
  reports?: Pick<FaultReports, "note" | "noteRecovery"> | undefined;
}) {
  const health = createAccountHealth(db);

  async function settleOutcome(
    sending: SendContext,
    part: Delivery,
    outcome: Exclude<SendOutcome, { kind: "late" }>,
  ): Promise<Delivery["state"]> {
    if (outcome.kind === "accepted") return await settleAcceptance(sending, part, outcome.providerId);
    if (outcome.kind === "unknown") return await settleLostResponse(sending, part, outcome.code);
    if (outcome.class === "config") return await settleWrongAccount(sending, part, outcome);
    if (outcome.class === "retry" || outcome.class === "throttle")
      return await scheduleRetry(sending, part, outcome);
    return await settleRefusal(sending.scope, part, outcome);
  }

  async function settleWrongAccount(
    sending: SendContext,
    part: Delivery,
    refusal: Refusal,
  ): Promise<Delivery["state"]> {
    const { scope, channel } = sending;
    const name = formatAccountName(scope);
    const isForbidden = isForbiddenTarget(refusal.code);
    const fault = isForbidden
      ? describeRefusedTarget(refusal.code)
      : describeRefusedAccount(name, refusal.code);
    reports?.note(`account/${name}`, fault, { ...readFaultPlace(), tenantId: scope.tenantId });
    const scheduledMs = nextDelayMs(channel, part);
    const waitMs = Math.max(scheduledMs ?? 0, refusal.retryAfterMs ?? 0);
    if (!isForbidden && scheduledMs !== null && part.triedForMs + waitMs <= RETRY_WRONG_ACCOUNT_MS)
      return await scheduleRetry(sending, part, refusal);
    const state = await settleRefusal(scope, part, refusal);
    await recordHealth(() => health.recordFailure(scope));
    return state;
  }

  /** What a refusal says about the contact or the account is written with it: a retry does not learn it again. */
  async function settleRefusal(
    scope: TurnScope,
    part: AttemptKey,
    { class: refusal, code }: Refusal,
  ): Promise<Delivery["state"]> {
    const result = { state: "refused", refusal, code } as const;
    await retryTransient(WRITE_AGAIN, () =>
      db.transaction(async (tx) => {
        if (refusal === "optout")
          await setConsent(tx, scope, { state: "opted_out", source: toOptOutSource("carrier", code) });
        if (refusal === "gone") await disableAccount(tx, scope);
        await settleAttempt(tx, part, result);
      }),
    );
    return result.state;
  }

  /** The channel's delivery class decides: repeat the send, ask the vendor later, or leave the part as `unknown`. */
  async function settleLostResponse(
    sending: SendContext,
    part: Delivery,
    code: string,
  ): Promise<Delivery["state"]> {
    const { channel } = sending;
    const scheduledMs = nextDelayMs(channel, part);
    const isRepeatable = channel.deliveryClass === "idempotency-key";
    if (isRepeatable && channel.keyLivesMs === undefined)
      return await scheduleRetry(sending, part, { class: "retry", code, retryAfterMs: RECONCILE_AFTER_MS });
    if (channel.deliveryClass === "at-most-once" || scheduledMs === null)
      return await settle(part, { state: "unknown", code });
    if (isRepeatable) {
      // The part stays `sending`, because it may have arrived: when the vendor has forgotten its key, it must not be sent again.
      const waitMs = Math.max(scheduledMs, RECONCILE_AFTER_MS);
      await write(part, { state: "sending", code, waitMs });
      throw createDeferral(waitMs, code);
    }
    await write(part, { state: "sending", code, waitMs: RECONCILE_AFTER_MS });
    throw createDeferral(RECONCILE_AFTER_MS, code);
  }

  async function scheduleRetry(
    { channel, scope }: SendContext,
    part: Delivery,
    { class: refusal, code, retryAfterMs }: Refusal,
  ): Promise<Delivery["state"]> {
    const scheduledMs = nextDelayMs(channel, part);
    const waitMs = Math.max(scheduledMs ?? 0, retryAfterMs ?? 0);
    const result: AttemptOutcome =
      scheduledMs === null
        ? { state: "refused", refusal, code: "attempts_exhausted" }
        : {
            state: "intended",
            refusal,
            failingAccount: formatAccountName(scope),
            code,
            waitMs,
            notBeforeMs: retryAfterMs,
          };
    await write(part, result);
    await recordHealth(() => health.recordFailure(scope));
    if (scheduledMs === null) return result.state;
    throw createDeferral(waitMs, code);
  }

  async function settleAcceptance(
    sending: SendContext,
    part: Delivery,
    providerId: string,
  ): Promise<"accepted"> {
    reports?.noteRecovery(`account/${formatAccountName(sending.scope)}`);
    if (await acceptAndFinish(sending, part, providerId)) return "accepted";
    await write(part, { state: "accepted", providerId });
    await recordHealth(() => health.recordAcceptance(sending.scope));
    return await applyEarlyReceipts(sending, { providerId, receipt: null });
  }

  /**
   * False for a part that does not end its turn, and where the one statement fails: the acceptance must not depend on the turn, the
   * conversation or the account. Then it is written alone. Only that write is repeated, and the turn ends after it.
   */
  async function acceptAndFinish(
    { scope, channel, onTurnFinished }: SendContext,
    part: Delivery,
    providerId: string,
  ): Promise<boolean> {
    if (onTurnFinished === undefined) return false;
    try {
      const { receipts } = channel;
      const { finished, hasEarlyReceipts } = await acceptLastPart(db, part, { scope, providerId, receipts });
      health.noteAcceptance(scope);
      if (hasEarlyReceipts) await applyReceipts(db, scope, providerId);
      onTurnFinished(finished);
      return true;
    } catch (error) {
      log.warn("an accepted reply and the end of its turn are written one after the other", { err: error });
      return false;
    }
  }

  /** After the outcome, and without an effect on it: the next send of the account writes the same. */
  async function recordHealth(record: () => Promise<void>): Promise<void> {
    await retryTransient(WRITE_AGAIN, record).catch((error: unknown) => {
      log.warn("whether a vendor's account works was not written", { err: error });
    });
  }

  /**
   * A receipt may arrive before the commit that marks the part as accepted. Such receipts are applied after the commit, or by the
   * next attempt if this one dies in between.
   */
  async function applyEarlyReceipts(
    { scope, channel }: SendContext,
    { providerId, receipt }: Pick<Delivery, "providerId" | "receipt">,
  ): Promise<"accepted"> {
    if (channel.receipts && providerId !== null && receipt === null)
      await applyReceipts(db, scope, providerId);
    return "accepted";
  }

  /** Nothing was sent: the part waits. */
  async function defer(
    part: Delivery,
    { waitMs, reason }: { waitMs: number; reason: string },
  ): Promise<never> {
    await write(part, { state: "intended", code: reason, waitMs });
    throw createDeferral(waitMs, reason);
  }

  async function settle(part: AttemptKey, result: AttemptOutcome): Promise<Delivery["state"]> {
    await write(part, result);
    return result.state;
  }

  /**
   * Only this process knows the outcome of the send. If the outcome is not written, it looks like a lost response to the next
   * attempt. Repeating the write changes nothing.
   */
  async function write(part: AttemptKey, result: AttemptOutcome): Promise<void> {
    await retryTransient(WRITE_AGAIN, () => settleAttempt(db, part, result));
  }

  return { settle, settleOutcome, settleAcceptance, applyEarlyReceipts, defer };
}

export type Settlement = ReturnType<typeof createSettlement>;

/** A replay starts the channel's schedule from its beginning. Attempts that were brought forward do not count. */
function nextDelayMs(
  channel: OutboundChannel,
  { attempt, earlierAttempts, earlyAttempts }: Delivery,
): number | null {
  return channel.delayBeforeAttemptMs(attempt - earlierAttempts - earlyAttempts + 1);
}

/** The parameter of a template takes no notation. */
export function toPartFields(notation: Notation, { id, part, text, marks }: Delivery) {
  return { deliveryId: id, part: part + 1, text: writeReply(notation, { text, marks }), marks };
}
