import { expect, it } from "vitest";
import { createLineCheck } from "../../../../../infra/cli/doctor/channels/check-line.ts";
import { runCheck } from "../../../../../infra/cli/doctor/check.ts";
import { type FakeResponse, configAt, serve } from "../local-servers.ts";

const BOT = `U${"0".repeat(31)}1`;
const OURS = "https://chat.example.com/webhooks/line/main";

async function examine(response: FakeResponse) {
  const config = configAt(1, {
    LINE_BOT_USER_ID: BOT,
    LINE_CHANNEL_ACCESS_TOKEN: "line-token",
    LINE_CHANNEL_SECRET: "line-secret",
    LINE_BASE_URL: await serve(response),
    PUBLIC_BASE_URL: "https://chat.example.com",
  });
  const finding = await runCheck(createLineCheck(config, { fetch }), 5_000);
  expect(JSON.stringify(finding)).not.toContain("line-token");
  return { ...finding, codes: finding.faults.map(({ code }) => code) };
}

const bot =
  (webhook: object, userId = BOT): FakeResponse =>
  ({ url }) => ({ body: url === "/v2/bot/info" ? { userId, displayName: "Shop" } : webhook });

it("passes when the token belongs to the bot and its events arrive here", async () => {
  expect(await examine(bot({ endpoint: OURS, active: true }))).toMatchObject({ state: "ok", fix: null });
});

it("passes while no webhook is set, because LINE does not show one then", async () => {
  expect(await examine(bot({ message: "Not found" }))).toMatchObject({ state: "ok" });
});

it.each([
  ["the token of another bot", bot({}, `U${"f".repeat(32)}`), "channel.other_bot"],
  [
    "a webhook of another server",
    bot({ endpoint: "https://old.example.com/line", active: true }),
    "channel.webhook_elsewhere",
  ],
  ["a webhook that is switched off", bot({ endpoint: OURS, active: false }), "channel.webhook_disabled"],
  ["a refused token", () => ({ status: 401, body: {} }), "channel.token_refused"],
] as const)("names %s", async (_, response, code) => {
  expect((await examine(response)).codes).toEqual([code]);
});

it("reports a failure of LINE as an outage", async () => {
  const { faults } = await examine(() => ({ status: 500, body: {} }));
  expect(faults[0]?.kind).toBe("outage");
});
