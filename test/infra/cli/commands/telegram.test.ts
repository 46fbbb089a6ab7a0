import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { TELEGRAM_UPDATES } from "../../../../infra/channels/telegram.ts";
import { createTelegramFake } from "../../../../infra/sandbox/fakes/telegram/telegram-fake.ts";
import type { Fake } from "../../../../infra/sandbox/fakes/server/fake.ts";
import { addAccount } from "../../../../db/tenants/tenant-accounts.ts";
import { type TerminalWithDatabase, openTerminalWithDatabase, openTerminal } from "../open-terminal.ts";

const TOKEN = "7000000001:planted-bot-token-value";
const SECRET = "planted-webhook-secret-value";

/** A server of the test, next to the fakes. */
const allowHost = (of: string) => ({
  EGRESS_ALLOW_HOSTS: `${inject("sandboxEnv")["EGRESS_ALLOW_HOSTS"]},${new URL(of).host}`,
});

let terminal: TerminalWithDatabase;
let fake: Fake;
let url: string;
let accountId: string;
beforeAll(async () => {
  fake = createTelegramFake({ botToken: TOKEN });
  url = await fake.listen(0);
  terminal = await openTerminalWithDatabase({
    TELEGRAM_BASE_URL: url,
    ...allowHost(url),
    PUBLIC_BASE_URL: "https://chat.example.com/",
  });
  accountId = await account({ inbound: [SECRET, "the-one-before"], outbound: [TOKEN] });
});
afterAll(async () => {
  await fake.close();
  await terminal.close();
});

async function account(secrets: { inbound: string[]; outbound: string[] }): Promise<string> {
  const { PARLEY_TENANT: tenantId } = terminal.config;
  const bot = { tenantId, channel: "telegram", address: "7000000001", externalId: "7000000001" };
  return (await addAccount(terminal.db, terminal.vault, { ...bot, secrets, settings: {} })).accountId;
}

const setWebhook = async (...args: string[]) =>
  await terminal.parley("telegram", "set-webhook", ...args, "--json");

it("set-webhook registers the webhook URL, the current secret token and the kinds of updates at Telegram", async () => {
  expect(await setWebhook(accountId)).toMatchObject({
    status: 0,
    json: {
      account: `telegram/${accountId}`,
      webhook_url: `https://chat.example.com/webhooks/telegram/${accountId}`,
    },
  });
  const asked = fake.log.entries().at(-1);
  expect(asked?.path).toBe(`/bot${TOKEN}/setWebhook`);
  expect(asked?.body).toEqual({
    url: `https://chat.example.com/webhooks/telegram/${accountId}`,
    secret_token: SECRET,
    allowed_updates: TELEGRAM_UPDATES,
  });
});

it("an unknown account or one without a secret is reported before Telegram is called", async () => {
  const before = fake.log.entries().length;
  expect(await setWebhook("nobody")).toMatchObject({
    status: 1,
    json: { error: expect.any(String) as string },
  });
  const bare = await account({ inbound: [], outbound: [TOKEN] });
  const { status, json } = await setWebhook(bare);
  expect(status).toBe(1);
  expect(json["error"]).toContain(`parley accounts rotate telegram/${bare}`);
  const local = openTerminal({
    ...inject("sandboxEnv"),
    DATABASE_URL: terminal.config.DATABASE_URL,
    TELEGRAM_BASE_URL: url,
    ...allowHost(url),
    PUBLIC_BASE_URL: "http://127.0.0.1:8080",
  });
  const plain = await local.parley("telegram", "set-webhook", accountId, "--json");
  expect(plain.status).toBe(1);
  expect(plain.json["error"]).toContain("PUBLIC_BASE_URL must be the https URL");
  expect(fake.log.entries()).toHaveLength(before);
});

it("a rejection and a missing response are reported without the token", async () => {
  const stranger = await account({ inbound: [SECRET], outbound: ["7000000002:another-bot-token"] });
  expect((await setWebhook(stranger)).json["error"]).toContain("refused the bot token");
  fake.faults.replace([{ match: {}, times: 1, fault: { status: 500 } }]);
  expect((await setWebhook(accountId)).json["error"]).toBe(
    "Telegram refused the webhook (500): The fake was asked to fail.",
  );
  const away = openTerminal({
    ...inject("sandboxEnv"),
    DATABASE_URL: terminal.config.DATABASE_URL,
    TELEGRAM_BASE_URL: "http://127.0.0.1:1",
    ...allowHost("http://127.0.0.1:1"),
    PUBLIC_BASE_URL: "https://chat.example.com",
  });
  const silent = await away.parley("telegram", "set-webhook", accountId, "--json");
  expect(silent).toMatchObject({
    status: 1,
    json: { error: expect.stringContaining("TELEGRAM_BASE_URL") as string },
  });
  const said = [...terminal.outputs, ...away.outputs].join("\n");
  for (const secret of [TOKEN, SECRET, "another-bot-token", "planted"]) expect(said).not.toContain(secret);
});
