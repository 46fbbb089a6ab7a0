import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { startApi } from "../../../api/server.ts";
import { findWaitingHandoffs } from "../../../db/conversations/pause.ts";
import { takeOverConversation } from "../../../db/conversations/takeover.ts";
import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import { silentProgress } from "../../../infra/sandbox/progress.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { type EmptyDatabase, openEmptyDatabase } from "../../support/empty-database.ts";
import { type SeededTenant, seedTenant } from "./support/seed-tenant.ts";
import { TEST_CONNECT_MS } from "../../support/await-connection.ts";

let database: EmptyDatabase;
let db: Database;
let acme: SeededTenant;
const env = () => inject("sandboxEnv");
beforeAll(async () => {
  database = await openEmptyDatabase(env()["DATABASE_URL"], silentProgress);
  const options = {
    maxConnections: 2,
    applicationName: "test",
    connectTimeoutMs: TEST_CONNECT_MS,
    onError: () => undefined,
  };
  db = connectPostgres({ url: database.url, ...options });
  acme = await seedTenant({ db, vault: createConfiguredVault(loadConfig(env())) }, "acme");
});
afterAll(async () => {
  await db.$client.end();
  await database.close();
});

async function startApiWith(settings: Record<string, string>) {
  const config = loadConfig({
    ...env(),
    DATABASE_URL: database.url,
    PORT: "0",
    LOG_LEVEL: "silent",
    ...settings,
  });
  const api = await startApi({ config, log: createLog({ level: "silent", name: "test" }) });
  return {
    stop: () => api.stop(),
    async call(route: string, body?: object) {
      const [method = "", path = ""] = route.split(" ");
      const response = await fetch(api.url + path, {
        method,
        headers: {
          authorization: `Bearer ${acme.key}`,
          "idempotency-key": JSON.stringify(path.split("/").at(-1)),
          ...(body && { "content-type": "application/json" }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const problem = (await response.json()) as { code?: string };
      return { status: response.status, code: problem.code, retryAfter: response.headers.get("retry-after") };
    },
  };
}

/** A connection to the database that a test can cut. */
async function openCuttableProxy(): Promise<{ url: string; cut(): void }> {
  const target = new URL(database.url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = new URL(database.url);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

it("every route responds with 503 and Retry-After while Postgres is unavailable", async () => {
  const way = await openCuttableProxy();
  const api = await startApiWith({ DATABASE_URL: way.url });
  try {
    expect((await api.call("GET /v1/tenant")).status).toBe(200);
    way.cut();
    for (const route of ["GET /v1/tenant", "GET /v1/conversations", "POST /v1/tenant/pause"])
      expect(await api.call(route), route).toEqual({ status: 503, code: "unavailable", retryAfter: "5" });
  } finally {
    await api.stop();
  }
});

it("a reply and a handoff are accepted while Temporal is unavailable", async () => {
  const api = await startApiWith({ TEMPORAL_ADDRESS: "127.0.0.1:1" });
  const path = `/v1/conversations/${acme.conversationId}`;
  try {
    const handoff = await api.call(`POST ${path}/handoff`, { timeout_s: 60 });
    expect(handoff).toMatchObject({ status: 200 });
    // The sweeper starts the wait with the time that was asked for.
    const [waiting] = await findWaitingHandoffs(db, { olderThanMs: 0, limit: 10, keysetBefore: null });
    expect(waiting).toMatchObject({ id: acme.conversationId, timeoutS: 60 });
    await takeOverConversation(db, acme.conversationId, "dana");
    // The row is stored, so the sweeper repeats the failed start.
    expect(await api.call(`POST ${path}/replies`, { agent: "dana", text: "Hi" })).toMatchObject({
      status: 202,
    });
  } finally {
    await api.stop();
  }
});
