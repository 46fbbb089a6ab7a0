import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SENT_ELSEWHERE } from "../../../db/delivery/gate.ts";
import {
  findOpenLinkedConversation,
  type SendPolicyInput,
  sendPolicy,
  type Speaker,
} from "../../../activities/delivery/send-policy.ts";

const NOW = new Date("2026-03-02T12:00:00Z");
const HOUR = 3_600_000;
const NIGHT = { from: "21:00", to: "08:00", timeZone: "UTC" };
const msBeforeNow = (ms: number) => new Date(NOW.getTime() - ms);

const OPEN: SendPolicyInput = {
  now: NOW,
  speaker: "assistant",
  turnOpen: true,
  accountDisabled: false,
  optedOut: false,
  silentBecause: null,
  takenOverSince: false,
  lastInboundAt: msBeforeNow(10_000),
  newerMessage: false,
  supersede: "answer_then_continue",
  supersededBefore: 0,
  overspent: false,
  earlierUntil: null,
  linked: [],
  settings: {},
  windowMs: 24 * HOUR,
  rateWaitMs: 0,
  holdMs: 0,
  elsewhere: null,
};
const decideWith = (fields: Partial<SendPolicyInput>) => sendPolicy({ ...OPEN, ...fields });
const suppress = (reason: string) => ({ act: "suppress", reason });
const SEND = { act: "send", template: false };

describe("findOpenLinkedConversation", () => {
  const linked = [
    { conversationId: "whatsapp-1", channel: "whatsapp", lastInboundAt: msBeforeNow(25 * HOUR) },
    { conversationId: "pager-1", channel: "pager", lastInboundAt: msBeforeNow(1_000) },
    { conversationId: "sms-1", channel: "twilio-sms", lastInboundAt: null },
  ];
  const windows: Readonly<Record<string, number | null>> = { whatsapp: 24 * HOUR, "twilio-sms": null };

  it("the first linked conversation with a known channel and an open window is chosen", () => {
    expect(findOpenLinkedConversation({ linked, now: NOW }, (channel) => windows[channel])).toBe("sms-1");
    const earlier = msBeforeNow(2 * HOUR);
    expect(findOpenLinkedConversation({ linked, now: earlier }, (channel) => windows[channel])).toBe(
      "whatsapp-1",
    );
    expect(findOpenLinkedConversation({ linked: [], now: NOW }, (channel) => windows[channel])).toBeNull();
  });
});

describe("sendPolicy", () => {
  it("every speaker may send when no rule applies", () => {
    for (const speaker of ["assistant", "compliance", "announcement", "agent"] as const)
      expect(decideWith({ speaker })).toEqual(SEND);
  });

  it.each<[string, Partial<SendPolicyInput>, Record<Exclude<Speaker, "announcement">, object>]>([
    [
      "an opt-out suppresses all texts except compliance texts",
      { optedOut: true },
      { assistant: suppress("opted_out"), compliance: SEND, agent: suppress("opted_out") },
    ],
    [
      "after a takeover only the agent may send",
      { silentBecause: "taken_over" },
      { assistant: suppress("taken_over"), compliance: suppress("taken_over"), agent: SEND },
    ],
    [
      "a takeover that has ended still suppresses the replies that were begun before it",
      { takenOverSince: true },
      { assistant: suppress("taken_over"), compliance: suppress("taken_over"), agent: SEND },
    ],
    [
      "a paused conversation silences the assistant",
      { silentBecause: "conversation_paused" },
      {
        assistant: suppress("conversation_paused"),
        compliance: SEND,
        agent: SEND,
      },
    ],
    [
      "a paused account silences every speaker",
      { silentBecause: "account_paused" },
      {
        assistant: suppress("account_paused"),
        compliance: suppress("account_paused"),
        agent: suppress("account_paused"),
      },
    ],
    [
      "a paused tenant silences every speaker",
      { silentBecause: "tenant_paused" },
      {
        assistant: suppress("tenant_paused"),
        compliance: suppress("tenant_paused"),
        agent: suppress("tenant_paused"),
      },
    ],
    [
      "a lowered spending limit silences the assistant",
      { overspent: true },
      { assistant: suppress("budget_spent"), compliance: SEND, agent: SEND },
    ],
    [
      "a closed window suppresses free text",
      { lastInboundAt: msBeforeNow(24 * HOUR) },
      {
        assistant: suppress("window_closed"),
        compliance: suppress("window_closed"),
        agent: suppress("window_closed"),
      },
    ],
  ])("sendPolicy: %s", (_title, circumstances, expected) => {
    for (const [speaker, verdict] of Object.entries(expected)) {
      expect(decideWith({ ...circumstances, speaker: speaker as Speaker }), speaker).toEqual(verdict);
    }
  });

  it("sendPolicy sends the handoff notice while the conversation is paused for an agent, but not to a contact who opted out", () => {
    const speaker = "announcement";
    expect(decideWith({ speaker, silentBecause: "conversation_paused" })).toEqual(SEND);
    expect(decideWith({ speaker, silentBecause: "taken_over" })).toEqual(suppress("taken_over"));
    expect(decideWith({ speaker, optedOut: true })).toEqual(suppress("opted_out"));
  });

  it("sendPolicy supersedes a turn by a newer message if the tenant wants that, at most twice in a row", () => {
    const newer = { newerMessage: true, supersede: "regenerate" } as const;
    expect(decideWith(newer)).toEqual({ act: "supersede" });
    expect(decideWith({ ...newer, supersededBefore: 1 })).toEqual({ act: "supersede" });
    expect(decideWith({ ...newer, supersededBefore: 2 })).toEqual(SEND);
    expect(decideWith({ ...newer, supersede: "answer_then_continue" })).toEqual(SEND);
    expect(decideWith({ ...newer, speaker: "agent" })).toEqual(SEND);
  });

  it("the account's template is used after the window has closed, and never before", () => {
    const settings = { template: { name: "reopen", language: "en" } };
    expect(decideWith({ settings })).toEqual(SEND);
    expect(decideWith({ settings, lastInboundAt: msBeforeNow(24 * HOUR) })).toEqual({
      act: "send",
      template: true,
    });
    expect(decideWith({ settings, lastInboundAt: null })).toEqual({ act: "send", template: true });
    expect(decideWith({ settings, lastInboundAt: null, windowMs: null })).toEqual(SEND);
  });

  it("a reply is rerouted to a linked conversation if the window is closed and there is no template", () => {
    const closed = { lastInboundAt: msBeforeNow(24 * HOUR), elsewhere: "conversation-2" };
    const reroute = { act: "reroute", conversationId: "conversation-2" };
    expect(decideWith(closed)).toEqual(reroute);
    expect(decideWith({ ...closed, speaker: "agent" })).toEqual(reroute);
    expect(decideWith({ ...closed, speaker: "compliance" })).toEqual(suppress("window_closed"));
    expect(
      decideWith({ ...closed, settings: { template: { name: "reopen", language: "en" } } }),
    ).toMatchObject({
      act: "send",
    });
    expect(decideWith({ elsewhere: "conversation-2" })).toEqual(SEND);
  });

  it("a reply waits for the reply before it, except a compliance text", () => {
    const until = new Date(NOW.getTime() + 30_000);
    expect(decideWith({ earlierUntil: until })).toEqual({ act: "wait", until, reason: "earlier_reply" });
    expect(decideWith({ earlierUntil: msBeforeNow(1_000) })).toMatchObject({
      act: "wait",
      until: new Date(NOW.getTime() + 1_000),
    });
    expect(decideWith({ earlierUntil: until, speaker: "compliance" })).toEqual(SEND);
    expect(decideWith({ earlierUntil: until, silentBecause: "taken_over" })).toEqual(suppress("taken_over"));
  });

  it("a reply waits for the send rate, unless it is suppressed anyway", () => {
    const limited = { rateWaitMs: 5_000 };
    const until = new Date(NOW.getTime() + 5_000);
    expect(decideWith(limited)).toEqual({ act: "wait", until, reason: "send_rate" });
    expect(decideWith({ ...limited, optedOut: true })).toEqual(suppress("opted_out"));
  });

  it("a reply in an inactive conversation waits for the end of the quiet hours", () => {
    const now = new Date("2026-03-02T22:30:00Z");
    const settings = { quietHours: NIGHT };
    const late = { settings, now, lastInboundAt: new Date("2026-03-02T21:55:00Z") };
    expect(decideWith(late)).toEqual({
      act: "wait",
      until: new Date("2026-03-03T08:00:00Z"),
      reason: "quiet_hours",
    });
    expect(decideWith({ ...late, lastInboundAt: new Date("2026-03-02T22:29:00Z") })).toEqual(SEND);
    expect(decideWith({ ...late, speaker: "agent" })).toEqual(SEND);
    expect(decideWith({ ...late, now: new Date("2026-03-03T08:00:00Z") })).toEqual(SEND);
  });

  it("sendPolicy sends nothing while the turn is closed", () => {
    for (const circumstances of listCircumstances()) {
      expect(sendPolicy({ ...circumstances, turnOpen: false })).toEqual(suppress("turn_closed"));
    }
  });

  it("docs/conversations.md names every reason of the send policy", () => {
    const page = readFileSync(new URL("../../../docs/conversations.md", import.meta.url), "utf8");
    const reasons = listCircumstances().flatMap((circumstances) => {
      const verdict = sendPolicy(circumstances);
      return "reason" in verdict ? [verdict.reason] : [];
    });
    const named = [...new Set([...reasons, "turn_closed", SENT_ELSEWHERE])];
    expect(named.length).toBeGreaterThan(9);
    expect(named.filter((reason) => !page.includes(`\`${reason}\``))).toEqual([]);
  });

  it("the assistant may send only if every rule allows it, in all combinations", () => {
    let sent = 0;
    for (const circumstances of listCircumstances()) {
      const verdict = sendPolicy(circumstances);
      if (verdict.act !== "send") continue;
      sent += 1;
      const {
        speaker,
        optedOut,
        silentBecause,
        takenOverSince,
        overspent,
        lastInboundAt,
        windowMs,
        settings,
      } = circumstances;
      expect(optedOut && speaker !== "compliance").toBe(false);
      expect(speaker !== "agent" && (silentBecause === "taken_over" || takenOverSince)).toBe(false);
      expect(silentBecause === "account_paused" || silentBecause === "tenant_paused").toBe(false);
      expect(overspent && speaker === "assistant").toBe(false);
      expect(circumstances.rateWaitMs).toBe(0);
      expect(circumstances.earlierUntil !== null && speaker !== "compliance").toBe(false);
      const isClosed =
        windowMs !== null && (lastInboundAt === null || lastInboundAt <= msBeforeNow(windowMs));
      expect(verdict.template).toBe(isClosed);
      if (isClosed) expect(settings.template).toBeDefined();
    }
    expect(sent).toBeGreaterThan(100);
  });
});

/** Every combination of the facts. */
function listCircumstances(): SendPolicyInput[] {
  const both = [false, true];
  let all: SendPolicyInput[] = [OPEN];
  const vary = <Key extends keyof SendPolicyInput>(key: Key, values: readonly SendPolicyInput[Key][]) => {
    all = all.flatMap((one) => values.map((value) => ({ ...one, [key]: value })));
  };
  vary("speaker", ["assistant", "compliance", "announcement", "agent"]);
  vary("optedOut", both);
  vary("silentBecause", [null, "taken_over", "conversation_paused", "account_paused", "tenant_paused"]);
  vary("takenOverSince", both);
  vary("lastInboundAt", [null, msBeforeNow(1_000), msBeforeNow(HOUR), msBeforeNow(25 * HOUR)]);
  vary("newerMessage", both);
  vary("supersede", ["answer_then_continue", "regenerate"]);
  vary("overspent", both);
  vary("windowMs", [null, 24 * HOUR]);
  vary("rateWaitMs", [0, 5_000]);
  vary("earlierUntil", [null, NOW]);
  vary("elsewhere", [null, "conversation-2"]);
  vary("settings", [
    {},
    { template: { name: "reopen", language: "en" } },
    { quietHours: { from: "11:00", to: "13:00", timeZone: "UTC" } },
  ]);
  return all;
}
