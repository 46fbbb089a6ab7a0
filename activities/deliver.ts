import { findAccount } from "../db/tenants/accounts.ts";
import { findTurnDeliveries, type Delivery, settleAttempt } from "../db/delivery/deliveries.ts";
import { SENT_ELSEWHERE } from "../db/delivery/gate.ts";
import type { Database } from "../db/connection/postgres.ts";
import { findTurnScope, findTurnMessages, type TurnScope } from "../db/conversations/transcript.ts";
import { findContext } from "../db/turns/turn-texts.ts";
import { finishTurn, type TurnOutcome } from "../db/turns/turns.ts";
import type { Vault } from "../db/connection/vault.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { DeliverResult } from "../workflows/types.ts";
import type { OutboundChannels } from "./channels/registry.ts";
import type { TurnStep } from "./contract.ts";
import { NotConfigured } from "./retry/classify-poison.ts";
import { createReroute } from "./delivery/reroute.ts";
import { createPrepareReplyParts } from "./delivery/prepare-reply-parts.ts";
import { createSendReplyPart, type ReplyPartEnd, type SendContext } from "./delivery/send-reply-part.ts";
import { chooseReplyWindowMs } from "./delivery/send-policy.ts";
import type { SendRates } from "./delivery/send-rates.ts";
import type { TurnContext } from "./answer/retrieval/turn-context.ts";

export interface DeliverDependencies {
  sendRates: SendRates;
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
}

export function createDeliver({ db, vault, channels, sendRates }: DeliverDependencies) {
  const sendReplyPart = createSendReplyPart({
    db,
    sendRates,
    reroute: createReroute({ vault, channels }),
    windowOf(name, speaker) {
      const channel = channels[name];
      return channel === undefined ? undefined : chooseReplyWindowMs(channel, speaker);
    },
  });
  const prepareReplyParts = createPrepareReplyParts({ db, vault, channels });
  return async function deliver({ turnId }: TurnStep): Promise<DeliverResult> {
    const scope = await findTurnScope(db, turnId);
    if (scope.plan === "silence") return await finish({ outcome: "suppressed", reason: scope.silenceReason });
    const parts = await prepareReplyParts(scope);
    // Recorded, says the history, and the database knows nothing of it: a standby that lay behind has taken its place.
    if (parts.length === 0) return await finish({ outcome: "failed", reason: "poison:reply_lost" });
    const sending = await createSendContext(scope, parts.length);
    const ends: ReplyPartEnd[] = [];
    for (const [i, part] of parts.entries()) {
      // A part stays behind the one before it, whatever holds that up; after a refusal the rest would make no sense.
      if (ends.includes("rerouted")) ends.push(await settleUnsent(part, REROUTED));
      else if (ends.some(isLost)) ends.push(await settleUnsent(part, EARLIER_PART_LOST));
      else ends.push(await sendReplyPart(sending, part, parts.slice(i + 1)));
    }
    if (ends.includes("superseded")) return await finish({ outcome: "superseded", reason: "newer_message" });
    // Read again only where something is to be explained: mostly every part was accepted.
    const isSmooth = ends.every((state) => state === "accepted");
    return await finish(summarizeOutcome(ends, isSmooth ? [] : await findTurnDeliveries(db, vault, scope)));

    async function finish(end: { outcome: TurnOutcome; reason: string | null }): Promise<DeliverResult> {
      const { more } = await finishTurn(db, { turnId, ...end });
      if (more) await failpoint("after_last_turn");
      return { ...end, more };
    }
  };

  async function settleUnsent(part: Delivery, end: typeof REROUTED | typeof EARLIER_PART_LOST) {
    if (part.state !== "intended") return part.state;
    await settleAttempt(db, part, end);
    return end.state;
  }

  async function createSendContext(scope: TurnScope, parts: number): Promise<SendContext> {
    const channel = channels[scope.channel];
    const account = await findAccount(db, vault, scope);
    if (channel === undefined || account === null)
      throw new NotConfigured(`${scope.channel}/${scope.accountId} is not configured.`);
    const inbound = await findTurnMessages(db, vault, scope);
    const stored = await findContext(db, vault, scope);
    const context = stored === null ? null : (JSON.parse(stored.context) as TurnContext);
    return {
      scope,
      channel,
      account,
      envelope: {
        to: vault.open(scope, `address:${scope.contactId}`, scope.address),
        thread: scope.thread,
        author: scope.plan === "agent" ? "agent" : "assistant",
        inReplyTo: inbound.map((message) => message.providerMessageId),
        sources: [...new Set((context?.passages ?? []).map((passage) => passage.title))],
        conversationId: scope.conversationId,
        parts,
      },
    };
  }
}

const REROUTED = { state: "suppressed", code: SENT_ELSEWHERE } as const;
const EARLIER_PART_LOST = { state: "refused", code: "earlier_part_lost" } as const;

const LOST: ReadonlySet<ReplyPartEnd> = new Set(["refused", "suppressed", "superseded"]);
const isLost = (state: ReplyPartEnd) => LOST.has(state);

function summarizeOutcome(
  ends: ReplyPartEnd[],
  rows: Delivery[],
): { outcome: TurnOutcome; reason: string | null } {
  const failedPart = rows.find((row) => row.state !== "accepted");
  const failureReason =
    failedPart === undefined
      ? null
      : [failedPart.state, failedPart.refusal, failedPart.code].filter(Boolean).join(":");
  if (ends.some((state) => state === "accepted" || state === "unknown"))
    return { outcome: "answered", reason: failureReason };
  return ends.some((state) => state === "suppressed" || state === "rerouted")
    ? { outcome: "suppressed", reason: failedPart?.code ?? null }
    : { outcome: "failed", reason: failureReason };
}
