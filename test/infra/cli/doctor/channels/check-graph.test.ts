import { describe, expect, it } from "vitest";
import { createGraphChecks } from "../../../../../infra/cli/doctor/channels/check-graph.ts";
import { runCheck } from "../../../../../infra/cli/doctor/check.ts";
import { type FakeResponse, configAt, serve } from "../local-servers.ts";

const TOKEN = "meta-token-value";
const ID = "106540352242922";
const SETTINGS = (base: string) => ({
  WhatsApp: {
    WHATSAPP_PHONE_NUMBER_ID: ID,
    WHATSAPP_ACCESS_TOKEN: TOKEN,
    WHATSAPP_APP_SECRET: "app-secret",
    WHATSAPP_VERIFY_TOKEN: "verify",
    WHATSAPP_BASE_URL: base,
  },
  Messenger: {
    FACEBOOK_PAGE_ID: ID,
    FACEBOOK_APP_ID: "100000000000100",
    FACEBOOK_PAGE_ACCESS_TOKEN: TOKEN,
    FACEBOOK_APP_SECRET: "app-secret",
    FACEBOOK_VERIFY_TOKEN: "verify",
    FACEBOOK_BASE_URL: base,
  },
  Instagram: {
    INSTAGRAM_ACCOUNT_ID: ID,
    INSTAGRAM_APP_ID: "100000000000100",
    INSTAGRAM_ACCESS_TOKEN: TOKEN,
    INSTAGRAM_APP_SECRET: "app-secret",
    INSTAGRAM_VERIFY_TOKEN: "verify",
    INSTAGRAM_BASE_URL: base,
  },
});
type Check = keyof ReturnType<typeof SETTINGS>;
const PARTS: readonly [Check, path: string, token: string][] = [
  ["WhatsApp", `/v25.0/${ID}?fields=id,display_phone_number,quality_rating`, "WHATSAPP_ACCESS_TOKEN"],
  ["Messenger", `/v25.0/me?fields=id,name`, "FACEBOOK_PAGE_ACCESS_TOKEN"],
  ["Instagram", `/v25.0/${ID}?fields=id,user_id,username`, "INSTAGRAM_ACCESS_TOKEN"],
];

async function examine(part: Check, response: FakeResponse) {
  const config = configAt(1, SETTINGS(await serve(response))[part]);
  const check = createGraphChecks(config, { fetch }).find((found) => found.name === part);
  if (check === undefined) throw new Error(`There is no check of ${part}.`);
  const finding = await runCheck(check, 5_000);
  expect(JSON.stringify(finding)).not.toContain(TOKEN);
  return finding;
}

const refusal = (code: number, subcode?: number) => () => ({
  status: 400,
  body: { error: { message: "No", type: "OAuthException", code, error_subcode: subcode } },
});

describe.each(PARTS)("%s", (part, path, token) => {
  it("is in order when the token shows what the settings name, asked with it", async () => {
    const asked: (string | undefined)[] = [];
    const finding = await examine(part, ({ url, headers }) => {
      asked.push(url, headers.authorization);
      return { body: { id: ID } };
    });
    expect(finding).toMatchObject({ state: "ok", version: "v25.0", fix: null });
    expect(asked).toEqual([path, `Bearer ${TOKEN}`]);
  });

  it("distinguishes an expired token, an id of another account and a missing permission", async () => {
    const expired = await examine(part, refusal(190, 463));
    expect(expired).toMatchObject({ state: "missing", detail: "The token was refused (190)." });
    expect(expired.fix).toContain(token);
    const foreign = await examine(part, refusal(100, 33));
    expect(foreign.detail).toMatch(/^The token has no access to the object of [A-Z_]+_ID \(100\/33\)\.$/);
    expect((await examine(part, refusal(200))).detail).toBe("The token lacks a permission (200).");
    expect((await examine(part, () => ({ status: 503, body: {} }))).detail).toBe("It responded with 503.");
  });
});

it("warns of a number that contacts block", async () => {
  const number = { id: ID, display_phone_number: "+1 555-010-0103" };
  const withQuality = (quality: string) => () => ({ body: { ...number, quality_rating: quality } });
  expect((await examine("WhatsApp", withQuality("RED"))).warnings?.[0]).toContain("RED");
  const fine = await examine("WhatsApp", withQuality("GREEN"));
  expect(fine).toMatchObject({ detail: 'The token works for "+1 555-010-0103".', warnings: [] });
});

it("names the other id of an Instagram account, which no event has", async () => {
  const finding = await examine("Instagram", () => ({
    body: { id: ID, user_id: "17841400000000001", username: "shop" },
  }));
  expect(finding.faults[0]).toMatchObject({ kind: "configuration", code: "channel.other_id" });
  expect(finding.fix).toContain("17841400000000001");
});

it("asks without the field that the token of a page does not know", async () => {
  const asked: string[] = [];
  const finding = await examine("Instagram", ({ url = "" }) => {
    asked.push(url.split("=")[1] ?? "");
    if (!url.includes("user_id")) return { body: { id: ID, username: "shop" } };
    return { status: 400, body: { error: { message: "No field", type: "OAuthException", code: 100 } } };
  });
  expect(finding.state).toBe("ok");
  expect(asked).toEqual(["id,user_id,username", "id,username"]);
});

it.each(["WhatsApp", "Messenger"] as const)("names the id of another kind of object in %s", async (part) => {
  const finding = await examine(part, refusal(100));
  expect(finding.faults[0]).toMatchObject({ kind: "configuration", code: "channel.other_id" });
});

it("names the token of another page", async () => {
  const finding = await examine("Messenger", () => ({ body: { id: "100000000000999", name: "Other" } }));
  expect(finding.faults[0]).toMatchObject({ kind: "configuration", code: "channel.other_id" });
});
