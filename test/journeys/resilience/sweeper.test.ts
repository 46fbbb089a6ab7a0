import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { fetchRunState } from "../../../activities/worker/run-state.ts";
import { createSweeper } from "../../../activities/worker/sweeper.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { startWorkflow } from "../../../infra/runtime/temporal/start-workflow.ts";
import { connectTemporal, temporalSettings } from "../../../infra/runtime/temporal/temporal-client.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

/** More than the sweeper checks in one round. */
const LIVE = 250;
/** A queue without workers, so that started workflows stay open. */
const taskQueue = `no_worker_${randomBytes(4).toString("hex")}`;

let opened: OpenDatabase;
let temporal: Client;
beforeAll(async () => {
  const config = loadConfig(inject("sandboxEnv"));
  temporal = connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS);
  opened = await openDatabase("sweeper");
});
afterAll(async () => {
  await temporal.connection.close();
  await opened.close();
});

/** A conversation whose turn this workflow acquired `ageS` seconds ago. */
async function seedTurnOwner(workflowId: string, ageS: number): Promise<void> {
  const id = randomUUID();
  await opened.db.execute(sql`
    INSERT INTO conversations (id, tenant_id, channel, account_id, contact_id, turn_owner, turn_acquired_at)
    VALUES (${id}, 'main', 'webhook', 'main', ${id}, ${workflowId}, now() - make_interval(secs => ${ageS}))`);
  await opened.db.execute(sql`
    INSERT INTO turns (id, tenant_id, conversation_id, workflow_id, opened_at)
    VALUES (${id}, 'main', ${id}, ${workflowId}, now() - make_interval(secs => ${ageS}))`);
  await opened.db.execute(sql`
    INSERT INTO inbox (channel, account_id, provider_message_id, tenant_id, conversation_id, seq, workflow_id, state, received_at, wake_at)
    VALUES ('webhook', 'main', ${id}, 'main', ${id}, 1, ${workflowId}, 'in_turn', now(), now())`);
}

/** A conversation whose turn owner has no turn and is not marked as idle, with a message that waits for it. */
async function seedForgottenOwner(workflowId: string): Promise<void> {
  const id = randomUUID();
  await opened.db.execute(sql`
    INSERT INTO conversations (id, tenant_id, channel, account_id, contact_id, turn_owner, turn_acquired_at)
    VALUES (${id}, 'main', 'webhook', 'main', ${id}, ${workflowId}, now() - interval '1 hour')`);
  await opened.db.execute(sql`
    INSERT INTO inbox (channel, account_id, provider_message_id, tenant_id, conversation_id, seq, workflow_id, state, turn_id, received_at, wake_at)
    VALUES ('webhook', 'main', ${`${id}-1`}, 'main', ${id}, 1, ${workflowId}, 'answered', ${id}, now(), now()),
      ('webhook', 'main', ${`${id}-2`}, 'main', ${id}, 2, ${`msg:${id}-2`}, 'pending', NULL, now(), now() - interval '1 minute')`);
}

function createTestSweeper() {
  const log = createLog({ level: "silent", name: "test" });
  const { db, vault, url: databaseUrl } = opened;
  const nothing = async () => undefined;
  const firstAttempts = { run: async () => false, pause: async () => await sleep(1_000), stop: nothing };
  const given = { db, vault, databaseUrl, temporal, taskQueue, log, build: "test", firstAttempts };
  return createSweeper(given);
}

async function startTestWorkflow(workflowId: string): Promise<void> {
  const rest = { searchAttributes: { TenantId: "main" }, summary: "· test", startDelayMs: 0, eager: false };
  const start = {
    workflowType: "message",
    workflowId,
    taskQueue,
    input: {},
    allowRestart: true,
    timeoutMs: 10_000,
  };
  await startWorkflow(temporal, { ...start, ...rest });
}

it(`the sweeper restarts a dead turn owner that is older than ${LIVE} live ones`, async () => {
  const live = Array.from({ length: LIVE }, () => `msg:${randomUUID()}`);
  const dead = `msg:${randomUUID()}`;
  for (const [i, id] of live.entries()) await seedTurnOwner(id, 1_000 + i);
  await seedTurnOwner(dead, 100);
  await Promise.all(live.map(startTestWorkflow));
  const sweeper = createTestSweeper();
  sweeper.start();
  await eventually(
    "the new run of the dead turn owner",
    async () => (await fetchRunState(temporal, dead)) === "running",
  );
  await sweeper.stop(0);
  expect(await fetchRunState(temporal, dead)).toBe("running");
  await Promise.all(
    [dead, ...live].map((id) => temporal.workflow.getHandle(id).terminate("the test is over")),
  );
});

it("the sweeper restarts a dead turn owner that has no turn and that a step forgot to mark as idle", async () => {
  const dead = `msg:${randomUUID()}`;
  await seedForgottenOwner(dead);
  const sweeper = createTestSweeper();
  sweeper.start();
  await eventually("the new run", async () => (await fetchRunState(temporal, dead)) === "running");
  await sweeper.stop(0);
  await temporal.workflow.getHandle(dead).terminate("the test is over");
});
