import pc from "picocolors";
import { expect, it } from "vitest";
import type { DoctorReport } from "../../../../infra/cli/doctor/run-doctor.ts";
import { printDoctor } from "../../../../infra/cli/doctor/print-doctor.ts";

const REPORT: DoctorReport = {
  ok: false,
  checks: [
    {
      name: "PostgreSQL",
      ok: true,
      state: "ok",
      version: "18.4",
      detail: "All 2 migrations are applied.",
      fix: null,
    },
    {
      name: "Redis",
      ok: false,
      state: "degraded",
      version: null,
      detail: "Nothing listens.",
      fix: "Start Redis.",
    },
  ],
  findings: [
    {
      check: "Redis",
      kind: "outage",
      code: "redis.unavailable",
      detail: "Nothing listens.",
      fix: "Start Redis.",
    },
  ],
  warnings: ["gpt-4o ends."],
};

function renderReport(json: boolean, { colors = false, report = REPORT } = {}): string {
  let text = "";
  const write = (chunk: string) => {
    text += chunk;
  };
  printDoctor(report, { json, write, colors: pc.createColors(colors) });
  return text;
}

it("prints one JSON object for programs, its keys in snake_case, whether or not colours are wanted", () => {
  const text = renderReport(true, { colors: true });
  expect(JSON.parse(text)).toEqual(REPORT);
  for (const [, key] of text.matchAll(/"([^"]+)":/g)) expect(key).toMatch(/^[a-z_]+$/);
});

it("prints a table for the terminal, with the fix below each check that failed", () => {
  expect(renderReport(false).split("\n")).toEqual([
    "PostgreSQL  ok        18.4  All 2 migrations are applied.",
    "Redis       degraded  -     Nothing listens.",
    "                            -> Start Redis.",
    "",
    "warning  gpt-4o ends.",
    "",
    "Some checks failed.",
    "",
  ]);
});

it("says so where all is in order", () => {
  const report = { ok: true, checks: REPORT.checks.slice(0, 1), findings: [], warnings: [] };
  expect(renderReport(false, { report })).toBe(
    "PostgreSQL  ok        18.4  All 2 migrations are applied.\n\nAll checks passed.\n",
  );
});

it("paints the states where colours are wanted, and only there", () => {
  expect(renderReport(false, { colors: true })).toContain("\u001B[32mok");
  expect(renderReport(false)).not.toContain("\u001B");
});

it("keeps its columns where a channel is not configured", () => {
  const slack = {
    name: "Slack",
    ok: true,
    state: "not_configured",
    version: null,
    detail: "No.",
    fix: null,
  } as const;
  const report = { ok: true, checks: [...REPORT.checks, slack], findings: [], warnings: [] };
  expect(renderReport(false, { report }).split("\n").slice(0, 4)).toEqual([
    "PostgreSQL  ok              18.4  All 2 migrations are applied.",
    "Redis       degraded        -     Nothing listens.",
    "                                  -> Start Redis.",
    "Slack       not configured  -     No.",
  ]);
});
