import type { GateVerdict } from "../../db/delivery/gate.ts";
import type { GateFacts } from "../../db/delivery/gate-facts.ts";
import type { TurnScope } from "../../db/conversations/transcript.ts";
import type { Notice } from "../../db/turns/turn-origin.ts";
import type { OutboundChannel } from "../channels/channel.ts";
import { findQuietEnd } from "./quiet-hours.ts";

/** Who speaks: the assistant, a text that the law requires (opt-out, help), the notice of a handoff, or an agent. */
export type Speaker = "assistant" | "compliance" | "announcement" | "agent";

export interface SendPolicyInput extends GateFacts {
  speaker: Speaker;
  /** The channel's reply window for this speaker, ms, or null without such a rule. */
  windowMs: number | null;
  /** How long until the rates of the account and of the recipient allow a send, ms; 0 for now. */
  rateWaitMs: number;
  /** How long nothing may be sent because Postgres was unavailable, ms; 0 for now. */
  holdMs: number;
  /** A conversation with the same contact on another channel, with an open reply window for this speaker. */
  elsewhere: string | null;
}

/**
 * The send policy: facts in, verdict on the reply part out. The first line that applies decides. The table is pure, so that a test
 * can check all of it. After a wait the table decides again.
 */
const POLICY: readonly ((at: SendPolicyInput) => GateVerdict | null)[] = [
  (at) => suppressIf(!at.turnOpen, "turn_closed"),
  (at) => suppressIf(at.accountDisabled, "account_disabled"),
  // After an opt-out only its confirmation and the help text pass.
  (at) => suppressIf(at.optedOut && at.speaker !== "compliance", "opted_out"),
  (at) => suppressIf(at.silentBecause === "taken_over" && at.speaker !== "agent", "taken_over"),
  (at) => suppressIf(at.takenOverSince && at.speaker !== "agent", "taken_over"),
  // A paused conversation silences the assistant, and a notice may say so. A paused account or tenant silences every speaker.
  (at) =>
    suppressIf(
      at.silentBecause === "conversation_paused" && at.speaker === "assistant",
      "conversation_paused",
    ),
  (at) =>
    suppressIf(
      at.silentBecause === "account_paused" || at.silentBecause === "tenant_paused",
      at.silentBecause ?? "",
    ),
  (at) => suppressIf(at.overspent && at.speaker === "assistant", "budget_spent"),
  // An opt-out that was acknowledged during an outage may not be stored yet.
  (at) =>
    at.holdMs === 0 ? null : { act: "wait", until: addMs(at.now, at.holdMs), reason: "postgres_unavailable" },
  (at) => (isSuperseded(at) ? { act: "supersede" } : null),
  (at) => {
    // An agent who writes during quiet hours does so on purpose.
    const until =
      at.speaker !== "agent" && isConversationInactive(at)
        ? findQuietEnd(at.settings.quietHours, at.now)
        : null;
    return until === null ? null : { act: "wait", until, reason: "quiet_hours" };
  },
  (at) =>
    at.earlierUntil === null || at.speaker === "compliance"
      ? null
      : {
          act: "wait",
          until: clampDate(
            at.earlierUntil,
            addMs(at.now, RECHECK_AFTER_MS),
            addMs(at.now, RECHECK_WITHIN_MS),
          ),
          reason: "earlier_reply",
        },
  (at) => {
    const until = addMs(at.now, at.rateWaitMs);
    return at.rateWaitMs === 0 ? null : { act: "wait", until, reason: "send_rate" };
  },
  (at) => (isWindowOpen(at, at) ? { act: "send", template: false } : null),
  (at) => (at.settings.template === undefined ? null : { act: "send", template: true }),
  // Compliance texts and announcements concern this conversation, so they make no sense in another one.
  (at) =>
    at.elsewhere !== null && (at.speaker === "assistant" || at.speaker === "agent")
      ? { act: "reroute", conversationId: at.elsewhere }
      : null,
];

/** After this many superseded turns a contact who writes faster than we answer gets an answer. */
const MAX_SUPERSEDED = 2;
/** How soon to check again whether the reply before this one was sent. */
const RECHECK_AFTER_MS = 1_000;
/** The reply before this one may be sent earlier than planned. */
const RECHECK_WITHIN_MS = 30_000;
/** Within this time the contact is still active, so quiet hours do not apply. */
const ACTIVE_CONVERSATION_MS = 30 * 60_000;

export function sendPolicy(at: SendPolicyInput): GateVerdict {
  for (const line of POLICY) {
    const verdict = line(at);
    if (verdict !== null) return verdict;
  }
  return { act: "suppress", reason: "window_closed" };
}

/** The conversation with the same contact where free text may be sent now: the one with the latest message. */
export function findOpenLinkedConversation(
  { linked, now }: Pick<GateFacts, "linked" | "now">,
  windowOf: (channel: string) => number | null | undefined,
): string | null {
  const open = linked.find(({ channel, lastInboundAt }) => {
    const windowMs = windowOf(channel);
    return windowMs !== undefined && isWindowOpen({ windowMs, lastInboundAt }, { now });
  });
  return open?.conversationId ?? null;
}

const SPEAKERS: Readonly<Partial<Record<Notice, Speaker>>> = Object.freeze({
  opted_out: "compliance",
  help: "compliance",
  handoff_requested: "announcement",
});

export function chooseSpeaker({ plan, notice }: Pick<TurnScope, "plan" | "notice">): Speaker {
  if (plan === "agent") return "agent";
  return (notice === null ? undefined : SPEAKERS[notice]) ?? "assistant";
}

export function chooseReplyWindowMs(channel: OutboundChannel, speaker: Speaker): number | null {
  return speaker === "agent" ? (channel.agentReplyWindowMs ?? channel.replyWindowMs) : channel.replyWindowMs;
}

function suppressIf(applies: boolean, reason: string): GateVerdict | null {
  return applies ? { act: "suppress", reason } : null;
}

function addMs(date: Date, ms: number): Date {
  return new Date(date.getTime() + ms);
}

function clampDate(date: Date, earliest: Date, latest: Date): Date {
  if (date < earliest) return earliest;
  return date > latest ? latest : date;
}

function isSuperseded({ newerMessage, supersede, supersededBefore, speaker }: SendPolicyInput): boolean {
  if (speaker !== "assistant" || supersede !== "regenerate") return false;
  return newerMessage && supersededBefore < MAX_SUPERSEDED;
}

function isWindowOpen(
  { windowMs, lastInboundAt }: { windowMs: number | null; lastInboundAt: Date | null },
  { now }: { now: Date },
): boolean {
  if (windowMs === null) return true;
  return lastInboundAt !== null && now.getTime() - lastInboundAt.getTime() < windowMs;
}

function isConversationInactive({ lastInboundAt, now }: SendPolicyInput): boolean {
  return lastInboundAt === null || now.getTime() - lastInboundAt.getTime() >= ACTIVE_CONVERSATION_MS;
}
