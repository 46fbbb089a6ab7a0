import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { CheckedMessage } from "../../../../infra/cli/demo/check-outcomes.ts";
import { formatChannelTable, formatTable, formatVerdict } from "../../../../infra/cli/demo/print-run.ts";
import { summarise } from "../../../../infra/cli/demo/report.ts";
import { DEMO_CHANNELS, findContacts } from "../../../../infra/cli/demo/contacts.ts";
import { buildOffered } from "./outcome-samples.ts";

function buildChecked(channel: string, fields: Partial<CheckedMessage> = {}): CheckedMessage {
  const from = findContacts(channel).createAddress(1);
  return {
    offered: buildOffered({ id: channel, channel, from, text: "How long is a gift card valid? ".repeat(9) }),
    outcome: "answered",
    reason: null,
    answer: "Gift cards are valid for five years. ".repeat(20),
    sources: ["Gift cards", "Renting a bike", "Getting here, parking and accessibility", "Privacy"],
    tier: "full_context",
    costUsd: 0.002,
    latencyMs: 1_000,
    ...fields,
  };
}

const scenario = { name: "stop", title: "STOP was honoured", problem: null };
const run = (messages: CheckedMessage[]) => ({ messages, doubled: 0, badSignatures: 0 });

describe("the report", () => {
  it("counts each channel by itself", () => {
    const messages = [
      buildChecked("slack", { latencyMs: 1_700 }),
      buildChecked("web", { latencyMs: 200 }),
      buildChecked("web", { outcome: "suppressed", reason: "opted_out", latencyMs: null }),
      buildChecked("web", { outcome: "refused", reason: "http_422", latencyMs: null }),
    ];
    const none = { refused: 0, joined: 0, suppressed: 0, failed: 0, lost: 0 };
    expect(summarise(run(messages)).channels).toEqual({
      slack: { ...none, accepted: 1, answered: 1, p50_ms: 1_700 },
      web: { ...none, accepted: 2, answered: 1, suppressed: 1, refused: 1, p50_ms: 200 },
    });
  });

  it("the report is ok only when every scenario has the expected result", () => {
    const messages = [buildChecked("web")];
    expect(summarise(run(messages), [scenario])).toMatchObject({ ok: true, scenarios: { stop: true } });
    const broken = { ...scenario, problem: "2 texts arrived" };
    expect(summarise(run(messages), [scenario, broken])).toMatchObject({ ok: false });
    expect(formatVerdict(summarise(run(messages), [broken]), [broken])).toContain("2 texts arrived");
  });
});

describe("what is printed", () => {
  const messages = DEMO_CHANNELS.map((channel) => buildChecked(channel));

  it("fits into 100 columns, with every line's channel before it", () => {
    const lines = stripVTControlCharacters(formatTable(messages)).split("\n");
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    const named = lines.filter((line) => /^\S/.test(line)).map((line) => line.split(" ")[0]);
    expect(named).toEqual([...DEMO_CHANNELS]);
  });

  it("has one line for each channel, and says what went otherwise", () => {
    const report = summarise(run(messages));
    const lines = stripVTControlCharacters(formatChannelTable(report)).trim().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["channel", ...DEMO_CHANNELS]);
    const lost = buildChecked("web", { outcome: "lost", reason: "not_stored", latencyMs: null });
    const sad = summarise(run([lost]));
    expect(formatVerdict(sad, [])).toContain("1 × lost: not_stored");
    expect(formatTable([lost])).toContain("(lost: not_stored)");
  });
});
