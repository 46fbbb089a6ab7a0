import { describe, expect, it } from "vitest";
import { TELEGRAM_UPDATES } from "../../../../../infra/channels/telegram.ts";
import { runCheck } from "../../../../../infra/cli/doctor/check.ts";
import { createTelegramCheck } from "../../../../../infra/cli/doctor/channels/check-telegram.ts";
import { configAt, serve } from "../local-servers.ts";

const TOKEN = "7000000001:telegram-token-value";
const URL_OF_MAIN = "https://chat.example.com/webhooks/telegram/main";
const NOW = new Date("2026-11-25T12:00:00Z");
const SECONDS = NOW.getTime() / 1_000;
const BOT = { ok: true, result: { id: 7_000_000_001, is_bot: true, username: "acme_bot" } };

interface FakeTelegram {
  webhook?: object;
  publicBaseUrl?: string;
  me?: { status: number; body: object };
}

async function examine({ webhook = {}, publicBaseUrl = "https://chat.example.com", me }: FakeTelegram) {
  const asked: (string | undefined)[] = [];
  const base = await serve(({ url }) => {
    asked.push(url);
    if (url?.endsWith("/getMe") === true) return me ?? { body: BOT };
    return { body: { ok: true, result: { url: URL_OF_MAIN, pending_update_count: 0, ...webhook } } };
  });
  const config = configAt(1, {
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_WEBHOOK_SECRET_TOKEN: "webhook-secret-value",
    TELEGRAM_BASE_URL: base,
    PUBLIC_BASE_URL: publicBaseUrl,
  });
  const finding = await runCheck(createTelegramCheck(config, { fetch, now: () => NOW }), 5_000);
  expect(JSON.stringify(finding)).not.toContain("telegram-token-value");
  return { ...finding, asked };
}

it("is in order when updates arrive and none failed recently", async () => {
  const { asked, ...finding } = await examine({ webhook: { pending_update_count: 3 } });
  expect(finding).toMatchObject({
    state: "ok",
    detail: "Updates of @acme_bot arrive here; 3 wait.",
    fix: null,
    warnings: [],
  });
  expect(asked).toEqual([`/bot${TOKEN}/getMe`, `/bot${TOKEN}/getWebhookInfo`]);
});

it("names the command when no webhook or another webhook is set", async () => {
  expect(await examine({ webhook: { url: "" } })).toMatchObject({
    state: "missing",
    fix: "Run `parley telegram set-webhook`.",
  });
  const elsewhere = await examine({ webhook: { url: "https://old.example.com/hook/a-secret-path" } });
  expect(elsewhere.detail).toBe("Updates of @acme_bot go to another server, old.example.com.");
  expect(elsewhere.fix).toContain("parley telegram set-webhook");
});

it("is degraded and in order on a machine that Telegram cannot reach", async () => {
  const finding = await examine({ webhook: { url: "" }, publicBaseUrl: "http://127.0.0.1:8080" });
  expect(finding).toMatchObject({ state: "degraded", fix: null });
  expect(finding.detail).toContain("PUBLIC_BASE_URL is not https");
});

describe("an error that Telegram had with us", () => {
  const error = (secondsAgo: number) => ({
    pending_update_count: 12,
    last_error_date: SECONDS - secondsAgo,
    last_error_message: "Wrong response from the webhook: 401 Unauthorized\u001b[2J",
  });

  it("is reported in Telegram's words while it is recent, without control characters", async () => {
    const { state, detail, fix } = await examine({ webhook: error(60) });
    expect(state).toBe("missing");
    expect(detail).toBe(
      'Updates of @acme_bot could not be delivered: "Wrong response from the webhook: 401 Unauthorized [2J"; 12 wait.',
    );
    expect(fix).toContain("PUBLIC_BASE_URL");
  });

  it("is ignored when it is old, because Telegram reports the last one forever", async () => {
    expect(await examine({ webhook: error(3_600) })).toMatchObject({ state: "ok", fix: null });
  });
});

it("warns when Telegram does not send updates that we read", async () => {
  const allowed = ["message", "callback_query"];
  const { state, warnings } = await examine({ webhook: { allowed_updates: allowed } });
  const absent = TELEGRAM_UPDATES.filter((kind) => !allowed.includes(kind));
  expect(state).toBe("ok");
  expect(warnings).toEqual([
    `Telegram does not send ${absent.join(", ")}: run \`parley telegram set-webhook\`.`,
  ]);
});

it("names the setting to correct for a rejected token, and advises to wait for a broken server", async () => {
  const refused = await examine({ me: { status: 401, body: { ok: false, error_code: 401 } } });
  expect(refused).toMatchObject({ state: "missing", detail: "The token was refused (401)." });
  expect(refused.fix).toContain("TELEGRAM_BOT_TOKEN");
  const broken = await examine({ me: { status: 502, body: {} } });
  expect(broken).toMatchObject({ state: "missing", detail: "It responded with 502." });
});
