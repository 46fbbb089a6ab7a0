import { expect, it } from "vitest";
import { runCheck } from "../../../../../infra/cli/doctor/check.ts";
import { createSlackCheck } from "../../../../../infra/cli/doctor/channels/check-slack.ts";
import { type FakeResponse, configAt, serve } from "../local-servers.ts";

const TOKEN = "xoxb-slack-token-value";
const BOT = { ok: true, team: "Acme", team_id: "T0123456789", user_id: "U0123456789", bot_id: "B0123456789" };

async function examine(response: FakeResponse, settings: Record<string, string> = {}) {
  const config = configAt(1, {
    SLACK_TEAM_ID: "T0123456789",
    SLACK_BOT_USER_ID: "U0123456789",
    SLACK_BOT_TOKEN: TOKEN,
    SLACK_SIGNING_SECRET: "signing-secret-value",
    SLACK_BASE_URL: await serve(response),
    ...settings,
  });
  const finding = await runCheck(createSlackCheck(config, { fetch }), 5_000);
  expect(JSON.stringify(finding)).not.toContain(TOKEN);
  return finding;
}

it("is in order when the token is of this bot in this workspace, asked with it", async () => {
  const asked: (string | undefined)[] = [];
  const finding = await examine(({ method, url, headers }) => {
    asked.push(method, url, headers.authorization);
    return { body: BOT };
  });
  expect(finding).toMatchObject({
    state: "ok",
    detail: 'The token works in the workspace "Acme".',
    faults: [],
  });
  expect(asked).toEqual(["POST", "/auth.test", `Bearer ${TOKEN}`]);
});

it("takes the id of an Enterprise Grid for the workspace, and a bot's id for its user", async () => {
  const settings = { SLACK_TEAM_ID: "E0123456789", SLACK_BOT_USER_ID: "B0123456789" };
  expect((await examine(() => ({ body: { ...BOT, enterprise_id: "E0123456789" } }), settings)).state).toBe(
    "ok",
  );
});

it("says which setting does not belong to the token", async () => {
  const team = await examine(() => ({ body: { ...BOT, team_id: "T0999999999" } }));
  expect(team).toMatchObject({ state: "missing" });
  expect(team.fix).toContain("SLACK_TEAM_ID");
  const user = await examine(() => ({ body: { ...BOT, user_id: "U0999999999", bot_id: undefined } }));
  expect(user).toMatchObject({ state: "missing" });
  expect(user.fix).toContain("SLACK_BOT_USER_ID");
});

it("reports a rejected token in Slack's words, and a rate limit as such", async () => {
  const refused = await examine(() => ({ body: { ok: false, error: "token_revoked" } }));
  expect(refused).toMatchObject({ state: "missing", detail: 'Slack refused the token: "token_revoked".' });
  expect(refused.fix).toContain("SLACK_BOT_TOKEN");
  const limited = await examine(() => ({ status: 429, body: { ok: false, error: "ratelimited" } }));
  expect(limited.fix).toBe("Try again in a minute.");
});

it("names a bot that may not write", async () => {
  const withScopes = (scopes: string) => () => ({ headers: { "x-oauth-scopes": scopes }, body: BOT });
  const finding = await examine(withScopes("app_mentions:read, im:history"));
  expect(finding.faults[0]).toMatchObject({ kind: "configuration", code: "channel.permission_missing" });
  expect(finding.fix).toContain("chat:write");
  expect(await examine(withScopes("im:history,chat:write"))).toMatchObject({ state: "ok", faults: [] });
});

it("is missing when the answer is not Slack's", async () => {
  expect(await examine(() => ({ body: { hello: "world" } }))).toMatchObject({
    state: "missing",
    detail: "It responds, but not as the vendor does.",
  });
});
