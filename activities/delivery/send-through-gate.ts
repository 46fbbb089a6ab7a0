import { ApplicationFailure, Context } from "@temporalio/activity";
import type { Database } from "../../db/connection/postgres.ts";
import type { Delivery } from "../../db/delivery/deliveries.ts";
import { openGate } from "../../db/delivery/gate.ts";
import { failpoint } from "../../infra/runtime/failpoint.ts";
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
import { SHORT_WAIT_MS } from "./send-waits.ts";
import { type Settlement, toPartFields } from "./settlement.ts";
import { createShutdownSignal } from "../retry/shutdown-signal.ts";

/**
 * `superseded` ends the whole turn: its messages are answered together with a newer one. `rerouted` ends it too: this part and the
 * later parts are sent in another conversation with the same contact.
 */
export type ReplyPartEnd = Delivery["state"] | "superseded" | "rerouted";

export interface SendThroughGateDependencies {
  db: Database;
  sendRates: SendRates;
  reroute: Reroute;
  /** The reply window of a channel for a speaker, ms; null without such a rule, undefined for an unknown channel. */
  windowOf(channel: string, speaker: Speaker): number | null | undefined;
  settlement: Settlement;
}

/** One attempt: a token of the send rate, the gate, the send, its outcome. */
export function createSendThroughGate({
  db,
  sendRates,
  reroute,
  windowOf,
  settlement,
}: SendThroughGateDependencies) {
  return async function sendThroughGate(
    sending: SendContext,
    part: Delivery,
    laterParts: readonly Delivery[],
  ): Promise<ReplyPartEnd> {
    const rateWaitMs = await takeToken(sending);
    const gate = await askGate(sending, [part, ...laterParts], rateWaitMs);
    if (gate.act === "suppress") return "suppressed";
    if (gate.act === "supersede") return "superseded";
    if (gate.act === "reroute") return "rerouted";
    if (gate.act === "wait") return await settlement.defer(part, gate);
    if (gate.act === "taken")
      throw ApplicationFailure.retryable("Another attempt is sending this reply part.");
    const marked = { ...part, attempt: gate.attempt };
    const outcome = await send(sending, { ...gate, part: marked });
    return await settlement.settleOutcome(sending, marked, outcome);
  };

  /** 0 with a token of the account's and the contact's rate, else the wait for one, ms. The policy decides what a wait means. */
  async function takeToken({ scope, channel, envelope }: SendContext): Promise<number> {
    for (;;) {
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
        return sendPolicy({ ...facts, speaker, windowMs, rateWaitMs, elsewhere });
      },
      reroute: async (tx, conversationId) => await reroute(tx, { scope, conversationId, parts }),
    });
  }

  async function send(
    { channel, account, envelope }: SendContext,
    { part, firstAttemptAt, template: needsTemplate }: SendMark,
  ): Promise<SendOutcome> {
    const template = needsTemplate ? account.settings.template : undefined;
    await failpoint("after_gate_commit");
    const message = {
      ...envelope,
      ...toPartFields(part),
      firstAttemptAt,
      ...(template === undefined ? {} : { template }),
    };
    const outcome = await channel.send(message, account, createShutdownSignal());
    await failpoint("after_vendor_response");
    return outcome;
  }
}

/** What the gate noted about this attempt. */
interface SendMark {
  part: Delivery;
  firstAttemptAt: Date;
  template: boolean;
}
