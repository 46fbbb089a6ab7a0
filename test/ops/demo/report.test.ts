import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { CheckedMessage } from "../../../infra/ops/demo/check-outcomes.ts";
import { channelTable, table, verdict } from "../../../infra/ops/demo/print-run.ts";
import { summarise } from "../../../infra/ops/demo/report.ts";
import { DEMO_CHANNELS, vendorOf } from "../../../infra/ops/demo/vendors/registry.ts";
import { offered } from "./outcome-samples.ts";

function checked(channel: string, fields: Partial<CheckedMessage> = {}): CheckedMessage {
  const from = vendorOf(channel).person(1);
  return {
    offered: offered({ id: channel, channel, from, text: "How long is a gift card valid? ".repeat(9) }),
    outcome: "answered",
    reason: null,
    answer: "Gift cards are valid for five years. ".repeat(20),
    sources: ["Gift cards", "Renting a bike", "Getting here, parking and accessibility", "Privacy"],
    rung: "full_context",
    costUsd: 0.002,
    latencyMs: 1_000,
    ...fields,
  };
}

const scene = { name: "stop", title: "STOP was honoured", problem: null };
const run = (messages: CheckedMessage[]) => ({ messages, doubled: 0, badSignatures: 0 });

describe("the report", () => {
  it("counts each channel by itself", () => {
    const messages = [
      checked("slack", { latencyMs: 1_700 }),
      checked("web", { latencyMs: 200 }),
      checked("web", { outcome: "suppressed", reason: "opted_out", latencyMs: null }),
      checked("web", { outcome: "refused", reason: "http_422", latencyMs: null }),
    ];
    const none = { refused: 0, joined: 0, suppressed: 0, failed: 0, lost: 0 };
    expect(summarise(run(messages)).channels).toEqual({
      slack: { ...none, accepted: 1, answered: 1, p50_ms: 1_700 },
      web: { ...none, accepted: 2, answered: 1, suppressed: 1, refused: 1, p50_ms: 200 },
    });
  });

  it("is ok only when every scene went as it should", () => {
    const messages = [checked("web")];
    expect(summarise(run(messages), [scene])).toMatchObject({ ok: true, scenes: { stop: true } });
    const broken = { ...scene, problem: "2 texts arrived" };
    expect(summarise(run(messages), [scene, broken])).toMatchObject({ ok: false });
    expect(verdict(summarise(run(messages), [broken]), [broken])).toContain("2 texts arrived");
  });
});

describe("what is printed", () => {
  const messages = DEMO_CHANNELS.map((channel) => checked(channel));

  it("fits into 100 columns, with every line's channel before it", () => {
    const lines = stripVTControlCharacters(table(messages)).split("\n");
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    const named = lines.filter((line) => /^\S/.test(line)).map((line) => line.split(" ")[0]);
    expect(named).toEqual([...DEMO_CHANNELS]);
  });

  it("has one line for each channel, and says what went otherwise", () => {
    const report = summarise(run(messages));
    const lines = stripVTControlCharacters(channelTable(report)).trim().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["channel", ...DEMO_CHANNELS]);
    const lost = checked("web", { outcome: "lost", reason: "not_stored", latencyMs: null });
    const sad = summarise(run([lost]));
    expect(verdict(sad, [])).toContain("1 × lost: not_stored");
    expect(table([lost])).toContain("(lost: not_stored)");
  });
});
