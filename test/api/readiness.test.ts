import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify from "fastify";
import { expect, it, onTestFinished } from "vitest";
import { registerHealth } from "../../api/health.ts";
import type { IngestEvent } from "../../api/ingest/ingest-event.ts";
import { createIngestWithSpool } from "../../api/ingest/spool/ingest-with-spool.ts";
import { createIngestWithWorkflow } from "../../api/ingest/inlined/ingest-with-workflow.ts";
import type { InboundEvent } from "../../api/channels/channel.ts";
import { Problem, PROBLEM_SCHEMA } from "../../api/problem.ts";
import { openSpool } from "../../db/inbound/spool.ts";
import { createFaultReports } from "../../infra/runtime/faults/report-faults.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { sampleAccount } from "../support/channels/samples.ts";

/** A vault that only has to produce bytes, other ones for other texts. */
const hash = (text: string) => createHash("sha256").update(text).digest();
const vault = { sealForTenant: () => Buffer.alloc(900), hash } as unknown as Vault;
const account = sampleAccount({ tenantId: "t", channel: "webhook" });
const writeMessage = (): InboundEvent => ({
  kind: "message",
  origin: "typed",
  providerMessageId: randomUUID(),
  from: "ann",
  text: "Hello",
  providerTime: null,
});
const LIMIT_BYTES = 64_000;

/** An ingress whose stores and spool a test controls, with the real readiness and the real way into the spool. */
function openIngress(hasSpool: boolean) {
  const stores = { postgres: true, temporal: true };
  const failures: Partial<Record<keyof typeof stores, Error>> = {};
  const accountsState = { unreadable: 0, isStale: false, isKnown: true };
  const folder = mkdtempSync(join(tmpdir(), "parley-readiness-"));
  const spool = hasSpool ? openSpool({ folder, limitBytes: LIMIT_BYTES }) : null;
  onTestFinished(() => {
    spool?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const ingestEvent: IngestEvent = async () => {
    if (!stores.postgres) throw new Problem("unavailable", "No store.");
    return "stored";
  };
  const log = { warn: () => undefined };
  const toDatabaseTime = (time: Date) => time;
  const inlineEvent = async () => (stores.temporal ? "accepted" : "rejected");
  const dependencies = { ingestEvent, inlineEvent, vault, toDatabaseTime, log };
  const ingest =
    spool === null
      ? createIngestWithWorkflow(dependencies)
      : createIngestWithSpool({ ...dependencies, spool });
  const reports = createFaultReports({
    log: { error: () => undefined },
    alerts: { raise: async () => undefined, clear: async () => undefined },
  });
  const check = (store: keyof typeof stores) => async () => {
    if (!stores[store]) throw failures[store] ?? new Error("unavailable");
  };
  const app = Fastify();
  app.addSchema(PROBLEM_SCHEMA);
  registerHealth(app, {
    accountsState,
    checks: { postgres: check("postgres"), temporal: check("temporal"), redis: async () => undefined },
    refusals: { counts: () => ({ body_invalid: 2 }) },
    reports,
    workers: {
      read: async () => undefined,
      state: () => ({ workers: { main: 1, model: 1, delivery: 1, batch: 1 }, alerts: [] }),
    },
    isDraining: () => false,
    spool,
  });
  return {
    stores,
    failures,
    spool,
    accountsState,
    accepts: async () =>
      await ingest(account, writeMessage(), { receivedAt: new Date(), quietMs: 0 }).then(
        () => true,
        () => false,
      ),
    readiness: async () => {
      const response = await app.inject("/readyz");
      return { code: response.statusCode, ...response.json<{ status: string; checks: object }>() };
    },
  };
}

const CASES = [true, false].flatMap((postgres) =>
  [true, false].flatMap((temporal) =>
    (["no", "empty", "waiting", "full"] as const).map((spool) => ({ postgres, temporal, spool })),
  ),
);

it.each(CASES)(
  "with Postgres $postgres, Temporal $temporal and a spool that is $spool, an ingress is ready exactly when it accepts events",
  async ({ postgres, temporal, spool }) => {
    const ingress = openIngress(spool !== "no");
    if (spool === "waiting" || spool === "full") {
      Object.assign(ingress.stores, { postgres: false, temporal: false });
      await ingress.accepts();
      while (spool === "full" && (await ingress.accepts()));
    }
    Object.assign(ingress.stores, { postgres, temporal });
    const { code } = await ingress.readiness();
    expect([code, await ingress.accepts()]).toEqual(code === 200 ? [200, true] : [503, false]);
  },
);

it("a full spool is not ready, and it is ready again when an entry is removed", async () => {
  const ingress = openIngress(true);
  Object.assign(ingress.stores, { postgres: false, temporal: false });
  while (await ingress.accepts());
  expect(await ingress.readiness()).toMatchObject({
    code: 503,
    status: "unavailable",
    checks: { spool: "full" },
  });
  const oldest = ingress.spool?.waiting("ordinary", { after: 0, limit: 10 }) ?? [];
  ingress.spool?.remove(oldest.map(({ id }) => id));
  expect(await ingress.readiness()).toMatchObject({ code: 200, status: "degraded", checks: { spool: "ok" } });
});

it("an ingress that never read the accounts is not ready, because it answers every webhook with 503", async () => {
  const ingress = openIngress(true);
  ingress.accountsState.isKnown = false;
  expect(await ingress.readiness()).toMatchObject({ code: 503, checks: { accounts: "unknown" } });
});

it("a Postgres that refuses the password is misconfigured and not unavailable, with the code and the way out", async () => {
  const ingress = openIngress(false);
  ingress.failures.postgres = Object.assign(new Error("password authentication failed"), { code: "28P01" });
  ingress.stores.postgres = false;
  const wrong = await ingress.readiness();
  expect(wrong).toMatchObject({ code: 200, status: "degraded", checks: { postgres: "misconfigured" } });
  expect(wrong).toHaveProperty("faults", [
    expect.objectContaining({
      kind: "configuration",
      code: "postgres.password_refused",
      fix: expect.stringContaining("DATABASE_URL"),
    }),
  ]);
  ingress.stores.postgres = true;
  expect(await ingress.readiness()).toMatchObject({
    status: "ready",
    checks: { postgres: "ok" },
    faults: [],
  });
});

it("an outage of Postgres is unavailable and no wrong configuration", async () => {
  const ingress = openIngress(false);
  ingress.failures.postgres = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  ingress.stores.postgres = false;
  expect(await ingress.readiness()).toMatchObject({ checks: { postgres: "unavailable" }, faults: [] });
});
