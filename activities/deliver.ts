import { activityInfo, ApplicationFailure, Context } from "@temporalio/activity";
import { disableAccount, findAccount, type StoredAccount } from "../db/accounts.ts";
import { setConsent } from "../db/consents.ts";
import { deliveriesOfTurn, type Delivery, openGate, settleAttempt } from "../db/deliveries.ts";
import type { Database } from "../db/postgres.ts";
import { findTurnScope, inboundOfTurn, type TurnScope } from "../db/transcript.ts";
import { findContext } from "../db/turn-texts.ts";
import { finishTurn, type TurnOutcome } from "../db/turns.ts";
import type { Vault } from "../db/vault.ts";
import { FAILURES } from "../workflows/failures.ts";
import type { Delivered } from "../workflows/types.ts";
import type { OutboundChannel, OutboundPart, SendOutcome } from "./channels/channel.ts";
import type { OutboundChannels } from "./channels/registry.ts";
import type { TurnStep } from "./contract.ts";
import type { TurnContext } from "./retrieval/turn-context.ts";

export interface DeliverDependencies {
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
}

interface Sending {
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

export function createDeliver({ db, vault, channels }: DeliverDependencies) {
  const sendPart = createSendPart({ db });
  return async function deliver({ turnId }: TurnStep): Promise<Delivered> {
    const scope = await findTurnScope(db, turnId);
    if (scope.plan === "silence") return await finish({ outcome: "suppressed", reason: scope.planDetail });
    const parts = await deliveriesOfTurn(db, vault, scope);
    const sending = await prepare(scope, parts.length);
    const ends: Delivery["state"][] = [];
    for (const part of parts) {
      // A part stays behind the one before it, whatever holds that up; after a refusal the rest would make no sense.
      ends.push(ends.some(isLost) ? await drop(part) : await sendPart(sending, part));
    }
    return await finish(outcomeOf(ends, await deliveriesOfTurn(db, vault, scope)));

    async function finish(end: { outcome: TurnOutcome; reason: string | null }): Promise<Delivered> {
      return { ...end, ...(await finishTurn(db, { turnId, ...end })) };
    }
  };

  async function drop(part: Delivery): Promise<Delivery["state"]> {
    if (part.state === "intended")
      await settleAttempt(db, part, { state: "refused", code: "earlier_part_lost" });
    return part.state === "intended" ? "refused" : part.state;
  }

  async function prepare(scope: TurnScope, parts: number): Promise<Sending> {
    const channel = channels[scope.channel];
    const account = await findAccount(db, vault, scope);
    if (channel === undefined || account === null)
      throw new Error(`${scope.channel}/${scope.accountId} is not configured.`);
    const inbound = await inboundOfTurn(db, vault, scope);
    const stored = await findContext(db, vault, scope);
    const context = stored === null ? null : (JSON.parse(stored.context) as TurnContext);
    return {
      scope,
      channel,
      account,
      envelope: {
        to: vault.open(scope, `address:${scope.contactId}`, scope.address),
        inReplyTo: inbound.map((message) => message.providerMessageId),
        sources: [...new Set((context?.passages ?? []).map((passage) => passage.title))],
        conversationId: scope.conversationId,
        parts,
      },
    };
  }
}

const isLost = (state: Delivery["state"]) => state === "refused" || state === "suppressed";

function outcomeOf(
  ends: Delivery["state"][],
  rows: Delivery[],
): { outcome: TurnOutcome; reason: string | null } {
  const trouble = rows.find((row) => row.state !== "accepted");
  const why =
    trouble === undefined ? null : [trouble.state, trouble.refusal, trouble.code].filter(Boolean).join(":");
  if (ends.some((state) => state === "accepted" || state === "unknown"))
    return { outcome: "answered", reason: why };
  return ends.includes("suppressed")
    ? { outcome: "suppressed", reason: trouble?.code ?? null }
    : { outcome: "failed", reason: why };
}

/** Brings one part to an end, or throws the failure that brings this activity back when its time has come. */
function createSendPart({ db }: { db: Database }) {
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
    if (outcome.kind === "unknown") {
      if (sending.channel.deliveryClass === "at-most-once")
        return await settle(part, { state: "unknown", code: outcome.code });
      await settleAttempt(db, part, {
        state: "sending",
        code: outcome.code,
        nextAttemptAt: new Date(Date.now() + SETTLE_MS),
      });
      throw deferred(SETTLE_MS, outcome.code);
    }
    if (outcome.class !== "retry" && outcome.class !== "throttle" && outcome.class !== "config") {
      await rememberRefusal(sending.scope, outcome);
      return await settle(part, { state: "refused", refusal: outcome.class, code: outcome.code });
    }
    return await tryLater(sending, part, outcome);
  }

  async function tryLater(
    { channel }: Sending,
    part: Delivery,
    outcome: Extract<SendOutcome, { kind: "refused" }>,
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
    if (found.kind === "unknown") throw deferred(SETTLE_MS, "reconciliation_unavailable");
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
