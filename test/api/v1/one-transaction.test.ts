import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { events } from "../../../db/schema/events.ts";
import { finishTurn } from "../../../db/turns/finish-turn.ts";
import { type Route, routesOf } from "./support/openapi-document.ts";
import { ADMIN_TOKEN, type TestApi, startTestApi } from "./support/start-test-api.ts";
import { type SeededTenant, seedTenant } from "./support/seed-tenant.ts";

let api: TestApi;
let seeded: Seeded;
beforeAll(async () => {
  api = await startTestApi();
  seeded = await seed();
});
afterAll(() => api.close());

/** Their responses show whether the committed change is in effect, so they are stored after it. A second execution changes nothing. */
const AFTER_THE_COMMIT = new Set([
  "rotateAccountSecrets",
  "dropPreviousAccountSecrets",
  "disableAccount",
  "enableAccount",
  "pauseAccount",
  "resumeAccount",
  "pauseTenant",
  "resumeTenant",
  "pauseOwnTenant",
  "resumeOwnTenant",
]);

/** Tables that other parts of the running server write. */
const OTHERS = new Set(["ingress_processes", "api_keys"]);

/** The rows of every table as one text each. The stored responses and the times of use are not changes. */
async function readTables(): Promise<Record<string, string>> {
  const tables = await api.db.execute<{ name: string }>(
    sql`SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT relispartition`,
  );
  const names = tables.rows.map(({ name }) => name).filter((name) => !OTHERS.has(name));
  const queries = names
    .filter((name) => name !== "idempotency_keys")
    .map(
      (name) =>
        `SELECT '${name}' AS name, count(*) AS n, md5(string_agg(t::text, ',' ORDER BY t::text)) AS rows FROM "${name}" t`,
    );
  queries.push(
    `SELECT 'messages' AS name, count(*) AS n, '' AS rows FROM messages`,
    `SELECT 'api_keys' AS name, count(*) AS n, count(revoked_at)::text AS rows FROM api_keys`,
  );
  const { rows } = await api.db.execute<{ name: string; n: string; rows: string | null }>(
    sql.raw(queries.join(" UNION ALL ")),
  );
  return Object.fromEntries(rows.map(({ name, n, rows: text }) => [name, `${n} rows ${text}`]));
}

/** Every write of a response fails until the returned function is called, as if Postgres were unavailable at that time. */
async function loseResponses(): Promise<() => Promise<void>> {
  await api.db.execute(sql`
    CREATE FUNCTION lose_response() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'canceling statement' USING ERRCODE = '57014'; END $$`);
  await api.db.execute(sql`
    CREATE TRIGGER lose_response BEFORE UPDATE ON idempotency_keys
    FOR EACH ROW WHEN (NEW.status IS NOT NULL) EXECUTE FUNCTION lose_response()`);
  return async () => {
    await api.db.execute(sql`DROP TRIGGER lose_response ON idempotency_keys`);
    await api.db.execute(sql`DROP FUNCTION lose_response`);
  };
}

type Seeded = SeededTenant & Record<"otherContactId" | "endpointId" | "eventId" | "webAccountId", string>;

async function seed(): Promise<Seeded> {
  const tenantId = "acme";
  const tenant = await seedTenant(api, tenantId);
  const { body } = await api.call("POST /v1/event-endpoints", {
    key: tenant.key,
    body: { url: "https://shop.test/events" },
  });
  const eventId = randomUUID();
  await api.db
    .insert(events)
    .values({ id: eventId, tenantId, type: "message.received", conversationId: null, data: {} });
  const other = await seedTenant(api, "bravo");
  await api.db.execute(sql`UPDATE contacts SET tenant_id = ${tenantId} WHERE id = ${other.contactId}`);
  const web = await api.call("POST /v1/accounts", {
    key: tenant.key,
    body: { channel: "web", address: "Shop" },
  });
  return {
    ...tenant,
    otherContactId: other.contactId,
    webAccountId: String(web.body["id"]),
    endpointId: String(body["id"]),
    eventId,
  };
}

/** Changes that a call needs before it, by operation. The operations are called in the order of the document. */
const PREPARE: Readonly<Record<string, (seeded: Seeded) => Promise<unknown>>> = {
  replyAsAgent: takeOver,
  handBackConversation: takeOver,
  resumeConversation: async ({ key, conversationId }) =>
    await api.call(`POST /v1/conversations/${conversationId}/pause`, { key }),
  dismissDeadLetter: failTurn,
  replayDeadLetter: failTurn,
  retryDeliveries: async ({ deliveryId }) =>
    await api.db
      .execute(sql`UPDATE deliveries SET state = 'intended', code = 'http_500', attempt = 1, refusal = 'temporary',
      next_attempt_at = now() + interval '1 hour' WHERE id = ${deliveryId}`),
  enableEventEndpoint: async ({ key, endpointId }) =>
    await api.call(`POST /v1/event-endpoints/${endpointId}/disable`, { key }),
};

async function failTurn({ turnId }: SeededTenant): Promise<unknown> {
  return await finishTurn(api.db, { turnId, outcome: "failed", reason: "unknown:response_lost" });
}

async function takeOver({ key, conversationId }: SeededTenant): Promise<unknown> {
  return await api.call(`POST /v1/conversations/${conversationId}/take-over`, {
    key,
    body: { agent: "dana" },
  });
}

/** Where the example of the document is not for this tenant. */
const BODIES: Readonly<Record<string, (seeded: Seeded) => object>> = {
  openWebSession: ({ webAccountId }) => ({ account: webAccountId, visitor_id: "customer-4711" }),
  createTenant: () => ({ id: `t${randomUUID().slice(0, 8)}`, business_name: "Acme" }),
  createAccount: () => ({ channel: "web", address: "Shop" }),
  linkContacts: ({ otherContactId }) => ({ contact_id: otherContactId }),
  retryDeliveries: () => ({}),
  resendEvent: ({ endpointId }) => ({ endpoint_id: endpointId }),
  replayDeadLetter: () => ({ accept_duplicates: true }),
  rotateAccountSecrets: () => ({ inbound: `whsec_${Buffer.alloc(32, 8).toString("base64")}` }),
};

function createSend({ method, path, operation }: Route) {
  const ids: Record<string, string> = {
    tenant_id: seeded.tenantId,
    channel: seeded.channel,
    account_id: seeded.accountId,
    contact_id: seeded.contactId,
    conversation_id: seeded.conversationId,
    endpoint_id: seeded.endpointId,
    event_id: seeded.eventId,
    dead_letter_id: seeded.turnId,
  };
  const url = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`No id for {${name}} of ${path}: add it here.`);
    return id;
  });
  const example = operation.requestBody?.content["application/json"]?.example;
  const body = BODIES[operation.operationId ?? ""]?.(seeded) ?? example;
  const isAdmin = operation.security?.some((one) => "adminToken" in one) ?? false;
  const headers = { "idempotency-key": `"${randomUUID()}"` };
  return async () =>
    await api.call(`${method} ${url}`, {
      key: isAdmin ? ADMIN_TOKEN : seeded.key,
      ...(body === undefined ? {} : { body }),
      headers,
    });
}

/** A repetition may write a row again. */
const countRows = (tables: Record<string, string>) =>
  Object.fromEntries(Object.entries(tables).map(([name, text]) => [name, text.split(" ")[0]]));

const isAfterTheCommit = ({ operation }: Route) => AFTER_THE_COMMIT.has(operation.operationId ?? "");

const listPosts = () =>
  routesOf(api.document).filter(
    ({ method, operation }) =>
      method === "POST" && operation.security?.some((one) => "apiKey" in one || "adminToken" in one),
  );

it("every POST makes its changes and stores its response in one transaction, so that a lost response changes nothing", async () => {
  const problems: string[] = [];
  for (const route of listPosts().filter((one) => !isAfterTheCommit(one))) {
    const name = route.operation.operationId ?? "";
    await PREPARE[name]?.(seeded);
    const send = createSend(route);
    const before = await readTables();
    const repair = await loseResponses();
    const lost = await send();
    await repair();
    if (lost.status !== 503)
      problems.push(`${name} responds with ${lost.status} although its response is lost`);
    const after = await readTables();
    const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
    if (changed.length > 0) problems.push(`${name} changes ${changed.join(", ")} without a response`);
    const first = await send();
    if (first.status >= 300)
      problems.push(`${name} responds with ${first.status}: ${JSON.stringify(first.body)}`);
    const done = await readTables();
    const again = await send();
    if (JSON.stringify(again.body) !== JSON.stringify(first.body))
      problems.push(`${name} responds differently to a repetition`);
    if (JSON.stringify(await readTables()) !== JSON.stringify(done))
      problems.push(`${name} changes more again`);
  }
  expect(problems).toEqual([]);
});

it("a POST whose response follows its commit adds nothing when it is repeated", async () => {
  const routes = listPosts().filter(isAfterTheCommit);
  expect(routes).toHaveLength(AFTER_THE_COMMIT.size);
  const calls = routes.map((route) => ({ name: route.operation.operationId, send: createSend(route) }));
  const sendAll = async (status: number) => {
    const responses = await Promise.all(calls.map(async ({ name, send }) => ({ name, ...(await send()) })));
    expect(responses.filter((response) => response.status !== status)).toEqual([]);
  };
  const repair = await loseResponses();
  await sendAll(503);
  await repair();
  const before = await readTables();
  await sendAll(200);
  expect(countRows(await readTables())).toEqual(countRows(before));
});
