import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { CHANNEL_DESCRIPTORS } from "../../../../infra/channels/registry.ts";
import { CONFIG_SCHEMA } from "../../../../infra/runtime/config/config-schema.ts";
import { loadConfig } from "../../../../infra/runtime/config/config.ts";
import { RANDOM } from "../../../../infra/sandbox/sandbox-secrets.ts";
import { openTerminal } from "../open-terminal.ts";

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-init-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, ".env");
}

/** What a user fills in for the settings that `init` names. */
const FILLED: Readonly<Record<string, string>> = {
  DATABASE_URL: "postgres://parley:password@127.0.0.1:5432/parley",
  OPENAI_API_KEY: "sk-key",
  PINECONE_API_KEY: "pc-key",
};

it.each(CHANNEL_DESCRIPTORS.map(({ name }) => name))(
  "the file for %s is a valid configuration when the named settings are filled in, and only the user can read it",
  async (name) => {
    const path = openFolder();
    const { status, json } = await openTerminal({}).parley(
      "init",
      "--channels",
      name,
      "--file",
      path,
      "--json",
    );
    expect(status).toBe(0);
    const missing = json["missing"] as string[];
    const written = parseEnv(readFileSync(path, "utf8"));
    const channel = CHANNEL_DESCRIPTORS.find((each) => each.name === name);
    const values: Record<string, string> = {
      ...channel?.sandbox?.createSecrets(RANDOM),
      ...SAMPLES,
      ...FILLED,
    };
    for (const setting of missing) written[setting] = values[setting] ?? "";
    expect(missing.filter((setting) => written[setting] === "")).toEqual([]);
    expect(loadConfig(written).PARLEY_ENCRYPTION_KEYS).toHaveLength(1);
    expect(Object.keys(written).filter((setting) => !(setting in CONFIG_SCHEMA.shape))).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  },
);

/** Public names and addresses at the vendors. */
const SAMPLES: Readonly<Record<string, string>> = {
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_FROM: "+15555550100",
  TWILIO_WHATSAPP_FROM: "+15555550100",
  WHATSAPP_PHONE_NUMBER_ID: "100000000000001",
  FACEBOOK_PAGE_ID: "100000000000002",
  FACEBOOK_APP_ID: "100000000000003",
  INSTAGRAM_ACCOUNT_ID: "100000000000004",
  INSTAGRAM_APP_ID: "100000000000005",
  SLACK_TEAM_ID: "T0000000001",
  SLACK_BOT_USER_ID: "U0000000001",
  LINE_BOT_USER_ID: `U${"0".repeat(32)}`,
  WEBHOOK_DELIVERY_URL: "https://shop.example/replies",
};

it("each secret that an installation chooses can be made, and none of a vendor is", () => {
  for (const { settings, sandbox } of CHANNEL_DESCRIPTORS) {
    const made = Object.keys(sandbox?.createSecrets(RANDOM) ?? {});
    const own = Object.entries(settings).flatMap(([name, { isOwn }]) => (isOwn === true ? [name] : []));
    expect(made).toEqual(expect.arrayContaining(own));
    expect(
      own.filter((name) => /ACCESS_TOKEN|BOT_TOKEN|APP_SECRET|AUTH_TOKEN|CHANNEL_SECRET|SIGNING/.test(name)),
    ).toEqual([]);
  }
});

it("a file that exists stays as it is, because its keys may be in use", async () => {
  const path = openFolder();
  const terminal = openTerminal({});
  await terminal.parley("init", "--file", path);
  const before = readFileSync(path, "utf8");
  const again = await terminal.parley("init", "--file", path, "--json");
  expect([again.status, String(again.json["error"])]).toEqual([1, expect.stringContaining("exists")]);
  expect(readFileSync(path, "utf8")).toBe(before);
});
