import { findAccount } from "../db/accounts.ts";
import { deliveriesOfTurn, type Delivery, settleAttempt } from "../db/deliveries.ts";
import { SENT_ELSEWHERE } from "../db/gate.ts";
import type { Database } from "../db/postgres.ts";
import { findTurnScope, inboundOfTurn, type TurnScope } from "../db/transcript.ts";
import { findContext } from "../db/turn-texts.ts";
import { finishTurn, type TurnOutcome } from "../db/turns.ts";
import type { Vault } from "../db/vault.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { Delivered } from "../workflows/types.ts";
import type { OutboundChannels } from "./channels/registry.ts";
import type { TurnStep } from "./contract.ts";
import { NotConfigured } from "./poison.ts";
import { createReroute } from "./reroute.ts";
import { createPartsToSend } from "./parts-to-send.ts";
import { createSendPart, type PartEnd, type Sending } from "./send-part.ts";
import { windowFor } from "./send-policy.ts";
import type { SendRates } from "./send-rates.ts";
import type { TurnContext } from "./retrieval/turn-context.ts";

export interface DeliverDependencies {
  sendRates: SendRates;
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
}

export function createDeliver({ db, vault, channels, sendRates }: DeliverDependencies) {
  const sendPart = createSendPart({
    db,
    sendRates,
    reroute: createReroute({ vault, channels }),
    windowOf(name, speaker) {
      const channel = channels[name];
      return channel === undefined ? undefined : windowFor(channel, speaker);
    },
  });
  const partsToSend = createPartsToSend({ db, vault, channels });
  return async function deliver({ turnId }: TurnStep): Promise<Delivered> {
    const scope = await findTurnScope(db, turnId);
    if (scope.plan === "silence") return await finish({ outcome: "suppressed", reason: scope.planDetail });
    const parts = await partsToSend(scope);
    // Recorded, says the history, and the database knows nothing of it: a standby that lay behind has taken its place.
    if (parts.length === 0) return await finish({ outcome: "failed", reason: "poison:reply_lost" });
    const sending = await prepare(scope, parts.length);
    const ends: PartEnd[] = [];
    for (const [i, part] of parts.entries()) {
      // A part stays behind the one before it, whatever holds that up; after a refusal the rest would make no sense.
      if (ends.includes("rerouted")) ends.push(await settleUnsent(part, REROUTED));
      else if (ends.some(isLost)) ends.push(await settleUnsent(part, LEFT_BEHIND));
      else ends.push(await sendPart(sending, part, parts.slice(i + 1)));
    }
    if (ends.includes("superseded")) return await finish({ outcome: "superseded", reason: "newer_message" });
    // Read again only where something is to be explained: mostly every part was accepted.
    const isSmooth = ends.every((state) => state === "accepted");
    return await finish(outcomeOf(ends, isSmooth ? [] : await deliveriesOfTurn(db, vault, scope)));

    async function finish(end: { outcome: TurnOutcome; reason: string | null }): Promise<Delivered> {
      const { more } = await finishTurn(db, { turnId, ...end });
      if (more) await failpoint("K15");
      return { ...end, more };
    }
  };

  async function settleUnsent(part: Delivery, end: typeof REROUTED | typeof LEFT_BEHIND) {
    if (part.state !== "intended") return part.state;
    await settleAttempt(db, part, end);
    return end.state;
  }

  async function prepare(scope: TurnScope, parts: number): Promise<Sending> {
    const channel = channels[scope.channel];
    const account = await findAccount(db, vault, scope);
    if (channel === undefined || account === null)
      throw new NotConfigured(`${scope.channel}/${scope.accountId} is not configured.`);
    const inbound = await inboundOfTurn(db, vault, scope);
    const stored = await findContext(db, vault, scope);
    const context = stored === null ? null : (JSON.parse(stored.context) as TurnContext);
    return {
      scope,
      channel,
      account,
      envelope: {
        to: vault.open(scope, `address:${scope.contactId}`, scope.address),
        thread: scope.thread,
        author: scope.plan === "human" ? "human" : "assistant",
        inReplyTo: inbound.map((message) => message.providerMessageId),
        sources: [...new Set((context?.passages ?? []).map((passage) => passage.title))],
        conversationId: scope.conversationId,
        parts,
      },
    };
  }
}

const REROUTED = { state: "suppressed", code: SENT_ELSEWHERE } as const;
const LEFT_BEHIND = { state: "refused", code: "earlier_part_lost" } as const;

const LOST: ReadonlySet<PartEnd> = new Set(["refused", "suppressed", "superseded"]);
const isLost = (state: PartEnd) => LOST.has(state);

function outcomeOf(ends: PartEnd[], rows: Delivery[]): { outcome: TurnOutcome; reason: string | null } {
  const trouble = rows.find((row) => row.state !== "accepted");
  const why =
    trouble === undefined ? null : [trouble.state, trouble.refusal, trouble.code].filter(Boolean).join(":");
  if (ends.some((state) => state === "accepted" || state === "unknown"))
    return { outcome: "answered", reason: why };
  return ends.some((state) => state === "suppressed" || state === "rerouted")
    ? { outcome: "suppressed", reason: trouble?.code ?? null }
    : { outcome: "failed", reason: why };
}
