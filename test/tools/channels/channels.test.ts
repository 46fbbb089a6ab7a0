import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

import { CHANNEL_NAMES } from "../../../infra/channels/registry.ts";

const PROGRAM = fileURLToPath(new URL("./channels.ts", import.meta.url));

function run(...args: string[]) {
  return spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8" });
}

describe("the channels command", () => {
  test("prints one JSON object and nothing else, progress aside", () => {
    const { status, stdout, stderr } = run("grade", "telegram", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      without_kit: [],
      channels: [
        {
          channel: "telegram",
          ok: true,
          facts: { delivery_class: "at-most-once" },
          abilities: {
            verify: { grade: "pass" },
            receipts: { grade: "not_offered", reason: expect.stringContaining("Telegram") as string },
          },
        },
      ],
    });
    expect(stderr).toContain("telegram: verify");
    expect(status).toBe(0);
  });

  test("lists the inbound kinds of all channels as one JSON object", () => {
    const { status, stdout } = run("kinds", "--json");
    const report = JSON.parse(stdout) as { ok: boolean; channels: { channel: string; missing: string[] }[] };
    expect(report).toMatchObject({ ok: true });
    expect(report.channels.map(({ channel }) => channel)).toEqual(CHANNEL_NAMES);
    expect(status).toBe(0);
  });

  test.each([
    [["grade", "nope"], /no channel "nope"/],
    [["kinds", "nope"], /no channel "nope"/],
    [["grade", "./nope.ts"], /no module at/],
    [["replay"], /missing required argument 'dir'/],
    [["replay", "./nowhere"], /no folder at .*nowhere/],
    [["replayy"], /unknown command/],
  ])("the arguments %j are a usage error that explains the right usage", (args, message) => {
    const { status, stderr } = run(...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });

  test("fails where a folder holds nothing to replay", () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-recorded-"));
    const { status, stdout } = run("replay", folder, "--json");
    rmSync(folder, { recursive: true });
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, files: 0, bodies: [] });
    expect(status).toBe(1);
  });

  test("has examples in its help", () => {
    expect(run("grade", "--help").stdout).toContain("npm run channels -- grade telegram --json");
    expect(run("replay", "--help").stdout).toContain("npm run channels -- replay ./recorded");
  });
});
