import type { GateVerdict } from "../../db/delivery/gate.ts";
import type { GateFacts } from "../../db/delivery/gate-facts.ts";
import type { TurnScope } from "../../db/conversations/transcript.ts";
import type { Notice } from "../../db/turns/turn-origin.ts";
import type { OutboundChannel } from "../channels/channel.ts";
import { findQuietEnd } from "./quiet-hours.ts";

/** Who would speak: the assistant, the law (an opt-out confirmed, help), a notice that a colleague was asked for, or a colleague. */
export type Speaker = "assistant" | "compliance" | "announcement" | "agent";

export interface SendPolicyInput extends GateFacts {
  speaker: Speaker;
  /** The channel's reply window for this speaker, ms, or null where it has none. */
  windowMs: number | null;
  /** Until the sender's and the recipient's rate allow another send, ms; 0 where they do now. */
  rateWaitMs: number;
  /** A conversation with the same person on another channel, whose window is open for this speaker. */
  elsewhere: string | null;
}

/**
 * The send policy: circumstances in, what is done with the part out. One table, read from the top, the first line that applies
 * counts; pure, so that a test can walk through all of it. A wait comes back to this table when it is over.
 */
const POLICY: readonly ((at: SendPolicyInput) => GateVerdict | null)[] = [
  (at) => suppressIf(!at.turnOpen, "turn_closed"),
  // An opt-out is confirmed once, and help is given to everybody who asks for it: nothing else passes.
  (at) => suppressIf(at.optedOut && at.speaker !== "compliance", "opted_out"),
  (at) => suppressIf(at.silentBecause === "taken_over" && at.speaker !== "agent", "taken_over"),
  (at) => suppressIf(at.takenOverSince && at.speaker !== "agent", "taken_over"),
  // A paused conversation is the assistant's silence, which may be announced; a paused account or tenant is everybody's.
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
  (at) => (isSuperseded(at) ? { act: "supersede" } : null),
  (at) => {
    // A colleague who writes at night knows what they do.
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
          until: latestOf(at.earlierUntil, addMs(at.now, RECHECK_AFTER_MS)),
          reason: "earlier_reply",
        },
  (at) => {
    const until = addMs(at.now, at.rateWaitMs);
    return at.rateWaitMs === 0 ? null : { act: "wait", until, reason: "send_rate" };
  },
  (at) => (isWindowOpen(at, at) ? { act: "send", template: false } : null),
  (at) => (at.settings.template === undefined ? null : { act: "send", template: true }),
  // The others are about this conversation: from another sender they would be about nothing.
  (at) =>
    at.elsewhere !== null && (at.speaker === "assistant" || at.speaker === "agent")
      ? { act: "reroute", conversationId: at.elsewhere }
      : null,
];

/** A person who writes faster than we answer is answered in the end. */
const MAX_SUPERSEDED = 2;
/** How soon it is looked whether the reply before this one has gone. */
const RECHECK_AFTER_MS = 1_000;
/** An answer within this time is part of a talk that the person is having; a later one would wake them. */
const ACTIVE_CONVERSATION_MS = 30 * 60_000;

export function sendPolicy(at: SendPolicyInput): GateVerdict {
  for (const line of POLICY) {
    const verdict = line(at);
    if (verdict !== null) return verdict;
  }
  return { act: "suppress", reason: "window_closed" };
}

/** The conversation with the same person where free text may be sent now: the one they wrote in last. */
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

function latestOf(a: Date, b: Date): Date {
  return a > b ? a : b;
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
