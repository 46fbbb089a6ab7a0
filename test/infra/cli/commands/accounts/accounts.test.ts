import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTenantAccount } from "../../../../../db/tenants/tenant-accounts.ts";
import { type TerminalWithDatabase, openTerminalWithDatabase } from "../../open-terminal.ts";

/** Planted: none of them may ever be in an output. */
const PLANTED = {
  token: "planted-auth-token-0123456789abcdef",
  next: "planted-next-token-0123456789abcdef",
  piped: "planted-piped-token-0123456789abcdef",
  app: "planted-app-secret-0123456789abcdef",
  verify: "planted-verify-token-0123456789abcdef",
};
const SID = `AC${"0".repeat(32)}`;
const SMS = ["create", "twilio-sms", "--address", "+15550100200", "--external-id", SID];

let terminal: TerminalWithDatabase;
let folder: string;
beforeAll(async () => {
  terminal = await openTerminalWithDatabase();
  folder = mkdtempSync(join(tmpdir(), "parley-secrets-"));
  await terminal.parley("tenants", "create", "acme", "--name", "Acme");
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await terminal.close();
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const accounts = async (...args: string[]) =>
  await terminal.parley("accounts", ...args, "--tenant", "acme", "--json");

/** The name of an account in arguments. */
const nameOf = (json: Record<string, unknown>) => `${String(json["channel"])}/${String(json["id"])}`;

async function createAccount(...args: string[]): Promise<string> {
  const { json, stderr } = await accounts(...args);
  expect(json["error"], stderr).toBeUndefined();
  return nameOf(json);
}

async function secretsOf(account: string) {
  const [channel = "", accountId = ""] = account.split("/");
  const found = await findTenantAccount(terminal.db, terminal.vault, {
    tenantId: "acme",
    channel,
    accountId,
  });
  return found?.secrets;
}

describe("an account", () => {
  it("an account is created with secrets from a file and shown with their fingerprints", async () => {
    const { status, json } = await accounts(...SMS, "--secret-file", file("token", `${PLANTED.token}\n`));
    expect(status).toBe(0);
    const account = nameOf(json);
    expect(await secretsOf(account)).toEqual({ inbound: [PLANTED.token], outbound: [PLANTED.token] });
    const print = expect.stringMatching(/^[0-9a-f]{12}$/) as string;
    expect(json).toMatchObject({
      channel: "twilio-sms",
      address: "+15550100200",
      external_id: SID,
      webhook_url: `${terminal.config.PUBLIC_BASE_URL}/webhooks/${account}`,
      secrets: { inbound: [print], outbound: [print], handshake: null },
      settings: {},
      disabled_at: null,
      paused_at: null,
    });
    expect((await accounts("show", account)).json).toEqual(json);
    expect((await accounts("list", "--channel", "twilio-sms")).json).toMatchObject({
      data: [json],
      next_cursor: null,
    });
    expect((await accounts("list", "--channel", "slack")).json["data"]).toEqual([]);
  });

  it("each secret can come from its own file, or all from one JSON file", async () => {
    const identity = [
      "create",
      "whatsapp",
      "--address",
      "106540352242922",
      "--external-id",
      "106540352242922",
    ];
    const files = [
      `inbound=${file("app", PLANTED.app)}`,
      `outbound=${file("token", PLANTED.token)}`,
      `handshake=${file("verify", PLANTED.verify)}`,
    ];
    const expected = { inbound: [PLANTED.app], outbound: [PLANTED.token], handshake: PLANTED.verify };
    expect(await secretsOf(await createAccount(...identity, "--secret-file", ...files))).toEqual(expected);
    const all = { inbound: PLANTED.app, outbound: PLANTED.token, handshake: PLANTED.verify };
    const json = file("all.json", JSON.stringify(all));
    expect(await secretsOf(await createAccount(...identity, "--secret-file", json))).toEqual(expected);
  });

  it("a secret can come from stdin", async () => {
    const args = ["accounts", ...SMS, "--tenant", "acme", "--secret-file", "-", "--json"];
    const { status, json } = await terminal.spawnParley(args, `${PLANTED.piped}\n`);
    expect(status).toBe(0);
    expect((await secretsOf(nameOf(json)))?.inbound).toEqual([PLANTED.piped]);
  });

  it("the previous secret of an account is kept until it is dropped", async () => {
    const account = await createAccount(...SMS, "--secret-file", file("token", PLANTED.token));
    const rotated = await accounts(
      "rotate",
      account,
      "--secret-file",
      `inbound=${file("next", PLANTED.next)}`,
    );
    expect(nameOf(rotated.json)).toBe(account);
    expect(await secretsOf(account)).toEqual({
      inbound: [PLANTED.next, PLANTED.token],
      outbound: [PLANTED.token],
    });
    expect((await accounts("drop-previous", account)).status).toBe(0);
    expect(await secretsOf(account)).toEqual({ inbound: [PLANTED.next], outbound: [PLANTED.token] });
  });

  it("settings of an account are changed one by one", async () => {
    const account = await createAccount(...SMS, "--secret-file", file("token", PLANTED.token));
    const set = async (settings: object) =>
      (await accounts("update", account, "--settings", JSON.stringify(settings))).json["settings"];
    expect(await set({ quiet_window_ms: 900 })).toEqual({ quiet_window_ms: 900 });
    const keywords = { stop: ["basta"] };
    expect(await set({ keywords })).toEqual({ quiet_window_ms: 900, keywords });
    expect(await set({ quiet_window_ms: null })).toEqual({ keywords });
    const moved = await accounts("update", account, "--address", "+15550100201");
    expect(moved.json).toMatchObject({ address: "+15550100201", external_id: SID, settings: { keywords } });
  });

  it("an account can be paused, resumed, disabled and enabled", async () => {
    const account = await createAccount(...SMS, "--secret-file", file("token", PLANTED.token));
    const timestamp = expect.stringContaining("T") as string;
    expect((await accounts("pause", account)).json).toMatchObject({
      paused_at: timestamp,
      disabled_at: null,
    });
    expect((await accounts("resume", account)).json).toMatchObject({ paused_at: null });
    expect((await accounts("disable", account)).json).toMatchObject({ disabled_at: timestamp });
    expect((await accounts("enable", account)).json).toMatchObject({ disabled_at: null });
  });

  it("accounts of another tenant are not found and stay unchanged", async () => {
    const account = await createAccount(...SMS, "--secret-file", file("token", PLANTED.token));
    const { json: before } = await accounts("show", account);
    for (const word of ["show", "pause", "resume", "disable", "enable", "drop-previous"]) {
      expect(await terminal.parley("accounts", word, account, "--json"), word).toMatchObject({
        status: 1,
        json: { error: expect.stringContaining("parley accounts list") as string },
      });
      expect((await accounts("show", account)).json, word).toEqual(before);
    }
  });
});

describe("an invalid account", () => {
  const errors = async (...args: string[]) => {
    const { status, json } = await accounts(...args);
    return { status, errors: json["errors"] };
  };
  const one = (field: string, message: string) => ({ status: 2, errors: [{ field, message }] });

  it("every wrong field is reported by the name of its option", async () => {
    expect(await errors("create", "twilio-sms", "--address", "12")).toEqual({
      status: 2,
      errors: [
        {
          field: "--address",
          message: "must be a number such as +15550100200 or a MessagingServiceSid",
        },
        { field: "--external-id", message: "is required" },
        { field: "--secret-file inbound=", message: "is required" },
        { field: "--secret-file outbound=", message: "is required" },
      ],
    });
    expect(await errors("create", "pigeon", "--address", "x")).toMatchObject({
      status: 2,
      errors: [{ field: "<channel>", message: expect.stringContaining("twilio-sms") as string }],
    });
  });

  it("wrong settings are reported by their names", async () => {
    const account = await createAccount(...SMS, "--secret-file", file("token", PLANTED.token));
    const update = async (settings: string) => await errors("update", account, "--settings", settings);
    expect(await update("quick")).toEqual(
      one("--settings", 'must be JSON such as {"quiet_window_ms": 1000}'),
    );
    expect(await update('{"speed":1}')).toEqual(one("--settings speed", "is not a known field"));
    expect(await update('{"quiet_window_ms":-1}')).toEqual(
      one("--settings quiet_window_ms", "must not be below 0"),
    );
    expect(await errors("update", account)).toMatchObject({ status: 2 });
  });

  it("wrong secrets are reported without a part of a secret", async () => {
    const read = async (...sources: string[]) => await errors(...SMS, "--secret-file", ...sources);
    const token = file("token", PLANTED.token);
    expect(await read(join(folder, "absent"))).toMatchObject({
      status: 2,
      errors: [{ message: expect.stringContaining("absent must be a file that can be read") as string }],
    });
    expect(await read(file("empty", "\n"))).toMatchObject({ status: 2 });
    expect(await read(token, `inbound=${token}`)).toEqual(
      one("--secret-file", "gives the inbound secret twice"),
    );
    expect(await read(file("odd.json", JSON.stringify({ secret: PLANTED.token })))).toMatchObject({
      status: 2,
    });
    // Who gives the secret itself in the place of a file.
    const { errors: reported } = await read(PLANTED.token);
    expect(reported).toMatchObject([
      { message: "(a name that may be a secret) must be a file that can be read, or - for stdin" },
    ]);
    const telegram = ["create", "telegram", "--address", "123456", "--external-id", "123456"];
    expect(await errors(...telegram, "--secret-file", token)).toMatchObject({
      status: 2,
      errors: [{ field: "--secret-file outbound=" }],
    });
  });
});

it("no output contains a secret, with or without --json", async () => {
  const account = await createAccount(...SMS, "--secret-file", file("token", PLANTED.token));
  for (const args of [["list"], ["show", account], ["pause", account], ["drop-previous", account]])
    expect((await terminal.parley("accounts", ...args, "--tenant", "acme")).status).toBe(0);
  const said = terminal.outputs.join("\n");
  expect(said.length).toBeGreaterThan(5_000);
  for (const secret of Object.values(PLANTED)) expect(said).not.toContain(secret);
});
