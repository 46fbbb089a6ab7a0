import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey, type Scope } from "../../../db/tenants/api-keys.ts";
import { upsertAccount, upsertTenant } from "../../../db/tenants/seed.ts";
import { createSessionTokens } from "../../../infra/runtime/encryption/session-token.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { call, openSession, ORIGIN, post, sendMessage, type Session, WEB_ENV } from "./visitor.ts";

let parley: Installation;
let vault: ReturnType<typeof createConfiguredVault>;
beforeAll(async () => {
  // Without Redis the limits apply per process, so that other tests on the shared servers are not limited.
  parley = await openInstallation({ worker: false, env: { ...WEB_ENV, REDIS_URL: "" } });
  vault = createConfiguredVault(parley.config);
});
afterAll(() => parley.close());

const requestSession = async (
  headers: Record<string, string>,
  body: object = {},
  { account = "main", url = parley.url } = {},
) =>
  await fetch(`${url}/web/${account}/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
const codeOf = async (response: Response) =>
  `${response.status} ${((await response.json()) as { code: string }).code}`;
const readAllowedOrigin = (response: Response) => response.headers.get("access-control-allow-origin");

describe("an anonymous session", () => {
  it("an anonymous session is opened for pages of allowed origins only, and only those may read the response", async () => {
    const given = await requestSession({ origin: ORIGIN });
    expect([given.status, readAllowedOrigin(given)]).toEqual([201, ORIGIN]);
    for (const origin of ["https://evil.example", "http://shop.example", `${ORIGIN}.evil.example`, "null"]) {
      const refused = await requestSession({ origin });
      expect([await codeOf(refused), readAllowedOrigin(refused)], origin).toEqual([
        "403 origin_refused",
        null,
      ]);
    }
    expect(await codeOf(await requestSession({}))).toBe("403 origin_refused");
  });

  it("a browser's preflight succeeds for allowed origins only", async () => {
    const preflight = async (path: string, origin: string) =>
      await fetch(parley.url + path, { method: "OPTIONS", headers: { origin } });
    for (const path of ["/web/main/sessions", ...["messages", "stream", "receipts"].map(below)]) {
      const yes = await preflight(path, ORIGIN);
      expect([yes.status, readAllowedOrigin(yes)], path).toEqual([204, ORIGIN]);
      expect(yes.headers.get("access-control-allow-headers")).toContain("authorization");
      const no = await preflight(path, "https://evil.example");
      expect([no.status, readAllowedOrigin(no)], path).toEqual([403, null]);
    }
    function below(name: string) {
      return `/v1/conversations/${randomUUID()}/${name}`;
    }
  });

  it("the visitor's secret leads to the same conversation, and a session without it to a new one", async () => {
    const first = await openSession(parley.url);
    const again = await openSession(parley.url, { secret: first.visitor_secret });
    expect(again).toMatchObject({
      conversation_id: first.conversation_id,
      visitor_secret: first.visitor_secret,
    });
    const stranger = await openSession(parley.url);
    expect(stranger.conversation_id).not.toBe(first.conversation_id);
    expect(await codeOf(await requestSession({ origin: ORIGIN }, { visitor_secret: "guess" }))).toBe(
      "422 request_invalid",
    );
  });

  it("a session of an account that does not exist is rejected", async () => {
    for (const account of ["nowhere", "%00"])
      expect(await codeOf(await requestSession({ origin: ORIGIN }, {}, { account }))).toBe(
        "404 unknown_account",
      );
  });
});

describe("an identified session", () => {
  it("an identified session needs a key of the tenant and always has the same conversation", async () => {
    const key = await keyOf(parley.config.PARLEY_TENANT);
    const one = await createIdentifiedSession(key, { visitor_id: "customer-4711" });
    const two = await createIdentifiedSession(key, { visitor_id: "customer-4711" });
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(one.body["conversation_id"]).toBe(two.body["conversation_id"]);
    const session = { ...(one.body as unknown as Session), origin: ORIGIN };
    expect((await sendMessage(parley.url, session, "Hello")).status).toBe(202);
  });

  it("a key of another tenant or without the scope cannot open an identified session", async () => {
    const other = await createIdentifiedSession(await keyOf("globex"), { visitor_id: "customer-4711" });
    expect([other.status, other.body["code"]]).toEqual([404, "unknown_account"]);
    const key = await keyOf(parley.config.PARLEY_TENANT, ["messages:write"]);
    expect((await createIdentifiedSession(key, { visitor_id: "x" })).body["code"]).toBe("scope_missing");
  });

  async function createIdentifiedSession(key: string, body: object) {
    const response = await fetch(`${parley.url}/v1/web/sessions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  }
});

describe("a session token", () => {
  it("a token is valid for its own conversation only, and only in the header", async () => {
    const mine = await openSession(parley.url);
    const theirs = await openSession(parley.url);
    const elsewhere = { ...mine, conversation_id: theirs.conversation_id };
    for (const path of ["messages", "receipts"])
      expect(await codeOf(await post(parley.url, elsewhere, path, {})), path).toBe("403 session_elsewhere");
    expect(await codeOf(await call(parley.url, elsewhere, "stream"))).toBe("403 session_elsewhere");
    const anonymous = await fetch(`${parley.url}/v1/conversations/${mine.conversation_id}/stream`);
    expect(await codeOf(anonymous)).toBe("401 session_missing");
    const inUrl = `${parley.url}/v1/conversations/${mine.conversation_id}/stream?token=${mine.token}`;
    expect(await codeOf(await fetch(inUrl))).toBe("401 session_missing");
  });

  it("a token is rejected if it has expired, or is from another installation or another tenant", async () => {
    const session = await openSession(parley.url);
    const claims = {
      tenantId: parley.config.PARLEY_TENANT,
      accountId: "main",
      conversationId: session.conversation_id,
      visitor: "anonymous:x",
      expiresAt: new Date(Date.now() + 60_000),
    };
    const tokens = createSessionTokens(parley.config.PARLEY_ENCRYPTION_KEYS);
    const strangers = createSessionTokens([{ id: "x", key: Buffer.alloc(32, 7) }]);
    const codeFor = async (token: string) =>
      await codeOf(await call(parley.url, { ...session, token }, "stream"));
    expect(await codeFor(tokens.sign({ ...claims, expiresAt: new Date(Date.now() - 1) }))).toBe(
      "401 session_expired",
    );
    expect(await codeFor(strangers.sign(claims))).toBe("401 session_invalid");
    expect(await codeFor(tokens.sign({ ...claims, tenantId: "globex" }))).toBe("401 session_invalid");
  });

  it("a page of an origin that is not allowed cannot use a token", async () => {
    const session = await openSession(parley.url);
    const response = await call(parley.url, session, "stream", {
      headers: { origin: "https://evil.example" },
    });
    expect([await codeOf(response), readAllowedOrigin(response)]).toEqual(["403 origin_refused", null]);
  });

  it("a token is not accepted as an API key, nor an API key as a token", async () => {
    const session = await openSession(parley.url);
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    const listed = await fetch(`${parley.url}/v1/conversations`, bearer(session.token));
    expect(listed.status).toBe(401);
    const key = await keyOf(parley.config.PARLEY_TENANT);
    expect(await codeOf(await call(parley.url, { ...session, token: key }, "stream"))).toBe(
      "401 session_invalid",
    );
  });
});

describe("an account", () => {
  it("the origins of another tenant's account are not allowed", async () => {
    await upsertTenant(parley.db, { id: "globex", businessName: "Globex", dailyBudgetUsd: 1 });
    await upsertAccount(parley.db, vault, {
      tenantId: "globex",
      accountId: "globex",
      channel: "web",
      address: "",
      externalId: null,
      secrets: { inbound: [], outbound: [] },
      settings: { origins: ["https://globex.example"] },
    });
    expect(
      (await requestSession({ origin: "https://globex.example" }, {}, { account: "globex" })).status,
    ).toBe(201);
    expect(await codeOf(await requestSession({ origin: ORIGIN }, {}, { account: "globex" }))).toBe(
      "403 origin_refused",
    );
    const session = await openSession(parley.url);
    const theirPage = { headers: { origin: "https://globex.example" } };
    expect(await codeOf(await call(parley.url, session, "stream", theirPage))).toBe("403 origin_refused");
  });
});

describe("a network that opens many sessions", () => {
  const askMany = async (url: string, from: (i: number) => string) =>
    await Promise.all(
      Array.from(
        { length: 90 },
        async (_, i) => await requestSession({ origin: ORIGIN, "x-forwarded-for": from(i) }, {}, { url }),
      ),
    );

  it("a network over its rate gets 429 with Retry-After, and its X-Forwarded-For is ignored", async () => {
    const answers = await askMany(parley.url, (i) => `192.0.2.${i}`);
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answers.some(({ status }) => status === 201)).toBe(true);
  });

  it("a network over its rate does not limit another network of the same trusted proxy", async () => {
    const proxied = await openInstallation({
      worker: false,
      env: { ...WEB_ENV, REDIS_URL: "", TRUSTED_PROXIES: "loopback" },
    });
    const { url } = proxied;
    const answers = await askMany(url, () => "192.0.2.1");
    expect(answers.some(({ status }) => status === 429)).toBe(true);
    expect(
      (await requestSession({ origin: ORIGIN, "x-forwarded-for": "192.0.2.2" }, {}, { url })).status,
    ).toBe(201);
    await proxied.close();
  });
});

async function keyOf(tenantId: string, scopes: Scope[] = ["sessions:write", "conversations:read"]) {
  await upsertTenant(parley.db, { id: tenantId, businessName: tenantId, dailyBudgetUsd: 50 });
  const { key } = await createApiKey(parley.db, vault, { tenantId, name: randomUUID(), scopes });
  return key;
}
