import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SENT_ELSEWHERE } from "../../db/gate.ts";
import {
  openElsewhere,
  type SendCircumstances,
  sendPolicy,
  type Speaker,
} from "../../activities/send-policy.ts";

const NOW = new Date("2026-03-02T12:00:00Z");
const HOUR = 3_600_000;
const NIGHT = { from: "21:00", to: "08:00", timeZone: "UTC" };
const before = (ms: number) => new Date(NOW.getTime() - ms);

const OPEN: SendCircumstances = {
  now: NOW,
  speaker: "assistant",
  turnOpen: true,
  optedOut: false,
  hold: null,
  claimedSince: false,
  lastInboundAt: before(10_000),
  newerMessage: false,
  supersede: "answer_then_continue",
  supersededBefore: 0,
  overspent: false,
  earlierUntil: null,
  linked: [],
  settings: {},
  windowMs: 24 * HOUR,
  rateWaitMs: 0,
  elsewhere: null,
};
const at = (fields: Partial<SendCircumstances>) => sendPolicy({ ...OPEN, ...fields });
const suppress = (reason: string) => ({ act: "suppress", reason });
const SEND = { act: "send", template: false };

describe("openElsewhere", () => {
  const linked = [
    { conversationId: "whatsapp-1", channel: "whatsapp", lastInboundAt: before(25 * HOUR) },
    { conversationId: "pager-1", channel: "pager", lastInboundAt: before(1_000) },
    { conversationId: "sms-1", channel: "twilio-sms", lastInboundAt: null },
  ];
  const windows: Readonly<Record<string, number | null>> = { whatsapp: 24 * HOUR, "twilio-sms": null };

  it("chooses the first whose channel is known and lets free text through", () => {
    expect(openElsewhere({ linked, now: NOW }, (channel) => windows[channel])).toBe("sms-1");
    const earlier = before(2 * HOUR);
    expect(openElsewhere({ linked, now: earlier }, (channel) => windows[channel])).toBe("whatsapp-1");
    expect(openElsewhere({ linked: [], now: NOW }, (channel) => windows[channel])).toBeNull();
  });
});

describe("sendPolicy", () => {
  it("sends where nothing speaks against it", () => {
    for (const speaker of ["assistant", "compliance", "announcement", "human"] as const)
      expect(at({ speaker })).toEqual(SEND);
  });

  it.each<[string, Partial<SendCircumstances>, Record<Exclude<Speaker, "announcement">, object>]>([
    [
      "an opt-out stops everything but its own confirmation",
      { optedOut: true },
      { assistant: suppress("opted_out"), compliance: SEND, human: suppress("opted_out") },
    ],
    [
      "a claim leaves the word to the person alone",
      { hold: "human_claimed" },
      { assistant: suppress("human_claimed"), compliance: suppress("human_claimed"), human: SEND },
    ],
    [
      "a claim that is over still stops what was begun before it",
      { claimedSince: true },
      { assistant: suppress("human_claimed"), compliance: suppress("human_claimed"), human: SEND },
    ],
    [
      "a paused conversation silences the assistant",
      { hold: "conversation_paused" },
      {
        assistant: suppress("conversation_paused"),
        compliance: SEND,
        human: SEND,
      },
    ],
    [
      "a paused account silences everybody",
      { hold: "account_paused" },
      {
        assistant: suppress("account_paused"),
        compliance: suppress("account_paused"),
        human: suppress("account_paused"),
      },
    ],
    [
      "a paused tenant silences everybody",
      { hold: "tenant_paused" },
      {
        assistant: suppress("tenant_paused"),
        compliance: suppress("tenant_paused"),
        human: suppress("tenant_paused"),
      },
    ],
    [
      "a spending limit that was lowered stops the assistant",
      { overspent: true },
      { assistant: suppress("budget_spent"), compliance: SEND, human: SEND },
    ],
    [
      "a closed window stops free text",
      { lastInboundAt: before(24 * HOUR) },
      {
        assistant: suppress("window_closed"),
        compliance: suppress("window_closed"),
        human: suppress("window_closed"),
      },
    ],
  ])("%s", (_title, circumstances, expected) => {
    for (const [speaker, verdict] of Object.entries(expected)) {
      expect(at({ ...circumstances, speaker: speaker as Speaker }), speaker).toEqual(verdict);
    }
  });

  it("announces a colleague while the conversation is paused for them, and to nobody who has opted out", () => {
    const speaker = "announcement";
    expect(at({ speaker, hold: "conversation_paused" })).toEqual(SEND);
    expect(at({ speaker, hold: "human_claimed" })).toEqual(suppress("human_claimed"));
    expect(at({ speaker, optedOut: true })).toEqual(suppress("opted_out"));
  });

  it("gives a turn up for a newer message where the tenant wants that, twice in a row at most", () => {
    const newer = { newerMessage: true, supersede: "regenerate" } as const;
    expect(at(newer)).toEqual({ act: "supersede" });
    expect(at({ ...newer, supersededBefore: 1 })).toEqual({ act: "supersede" });
    expect(at({ ...newer, supersededBefore: 2 })).toEqual(SEND);
    expect(at({ ...newer, supersede: "answer_then_continue" })).toEqual(SEND);
    expect(at({ ...newer, speaker: "human" })).toEqual(SEND);
  });

  it("uses the account's template once the window is closed, and never before", () => {
    const settings = { template: { name: "reopen", language: "en" } };
    expect(at({ settings })).toEqual(SEND);
    expect(at({ settings, lastInboundAt: before(24 * HOUR) })).toEqual({ act: "send", template: true });
    expect(at({ settings, lastInboundAt: null })).toEqual({ act: "send", template: true });
    expect(at({ settings, lastInboundAt: null, windowMs: null })).toEqual(SEND);
  });

  it("reaches the person on another channel where the window is closed and no template opens it", () => {
    const closed = { lastInboundAt: before(24 * HOUR), elsewhere: "conversation-2" };
    const reroute = { act: "reroute", conversationId: "conversation-2" };
    expect(at(closed)).toEqual(reroute);
    expect(at({ ...closed, speaker: "human" })).toEqual(reroute);
    expect(at({ ...closed, speaker: "compliance" })).toEqual(suppress("window_closed"));
    expect(at({ ...closed, settings: { template: { name: "reopen", language: "en" } } })).toMatchObject({
      act: "send",
    });
    expect(at({ elsewhere: "conversation-2" })).toEqual(SEND);
  });

  it("waits until an earlier reply has gone, but for what the law asks", () => {
    const until = new Date(NOW.getTime() + 30_000);
    expect(at({ earlierUntil: until })).toEqual({ act: "wait", until, reason: "earlier_reply" });
    expect(at({ earlierUntil: before(1_000) })).toMatchObject({
      act: "wait",
      until: new Date(NOW.getTime() + 1_000),
    });
    expect(at({ earlierUntil: until, speaker: "compliance" })).toEqual(SEND);
    expect(at({ earlierUntil: until, hold: "human_claimed" })).toEqual(suppress("human_claimed"));
  });

  it("waits for the rate of sender and recipient, and not for what will not be sent", () => {
    const limited = { rateWaitMs: 5_000 };
    const until = new Date(NOW.getTime() + 5_000);
    expect(at(limited)).toEqual({ act: "wait", until, reason: "send_rate" });
    expect(at({ ...limited, optedOut: true })).toEqual(suppress("opted_out"));
  });

  it("waits for the morning with what is no longer part of a talk", () => {
    const now = new Date("2026-03-02T22:30:00Z");
    const settings = { quietHours: NIGHT };
    const late = { settings, now, lastInboundAt: new Date("2026-03-02T21:55:00Z") };
    expect(at(late)).toEqual({ act: "wait", until: new Date("2026-03-03T08:00:00Z"), reason: "quiet_hours" });
    expect(at({ ...late, lastInboundAt: new Date("2026-03-02T22:29:00Z") })).toEqual(SEND);
    expect(at({ ...late, speaker: "human" })).toEqual(SEND);
    expect(at({ ...late, now: new Date("2026-03-03T08:00:00Z") })).toEqual(SEND);
  });

  it("never sends for anybody while the turn is closed, whatever else is true", () => {
    for (const circumstances of everything()) {
      expect(sendPolicy({ ...circumstances, turnOpen: false })).toEqual(suppress("turn_closed"));
    }
  });

  it("has no reason that docs/conversations.md does not name", () => {
    const page = readFileSync(new URL("../../docs/conversations.md", import.meta.url), "utf8");
    const reasons = everything().flatMap((circumstances) => {
      const verdict = sendPolicy(circumstances);
      return "reason" in verdict ? [verdict.reason] : [];
    });
    const named = [...new Set([...reasons, "turn_closed", SENT_ELSEWHERE])];
    expect(named.length).toBeGreaterThan(9);
    expect(named.filter((reason) => !page.includes(`\`${reason}\``))).toEqual([]);
  });

  it("lets the assistant speak only where it is allowed to by every rule, in all combinations", () => {
    let sent = 0;
    for (const circumstances of everything()) {
      const verdict = sendPolicy(circumstances);
      if (verdict.act !== "send") continue;
      sent += 1;
      const { speaker, optedOut, hold, claimedSince, overspent, lastInboundAt, windowMs, settings } =
        circumstances;
      expect(optedOut && speaker !== "compliance").toBe(false);
      expect(speaker !== "human" && (hold === "human_claimed" || claimedSince)).toBe(false);
      expect(hold === "account_paused" || hold === "tenant_paused").toBe(false);
      expect(overspent && speaker === "assistant").toBe(false);
      expect(circumstances.rateWaitMs).toBe(0);
      expect(circumstances.earlierUntil !== null && speaker !== "compliance").toBe(false);
      const isClosed = windowMs !== null && (lastInboundAt === null || lastInboundAt <= before(windowMs));
      expect(verdict.template).toBe(isClosed);
      if (isClosed) expect(settings.template).toBeDefined();
    }
    expect(sent).toBeGreaterThan(100);
  });
});

/** Every combination of every kind of circumstance. */
function everything(): SendCircumstances[] {
  const both = [false, true];
  let all: SendCircumstances[] = [OPEN];
  const vary = <Key extends keyof SendCircumstances>(key: Key, values: readonly SendCircumstances[Key][]) => {
    all = all.flatMap((one) => values.map((value) => ({ ...one, [key]: value })));
  };
  vary("speaker", ["assistant", "compliance", "announcement", "human"]);
  vary("optedOut", both);
  vary("hold", [null, "human_claimed", "conversation_paused", "account_paused", "tenant_paused"]);
  vary("claimedSince", both);
  vary("lastInboundAt", [null, before(1_000), before(HOUR), before(25 * HOUR)]);
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
