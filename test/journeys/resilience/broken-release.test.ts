import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorker, WORKER_QUEUES, type WorkerProcess } from "../../../activities/worker/worker.ts";
import { listAlerts } from "../../../db/health/alerts.ts";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { readBuild } from "../../../infra/runtime/temporal/worker-version.ts";
import { changedWorkflows } from "../../replay/changed-workflows.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

const broken = changedWorkflows([
  {
    file: "message.ts",
    find: "let turnId: string | null = null;",
    put: 'let turnId: string | null = null; if (steps !== null) throw new TypeError("a bug of this release");',
  },
]);
const CONTACTS = ["ann", "bob", "cy", "dee", "eve"];
let parley: Installation;
let worker: WorkerProcess;

const start = async (workflows?: string) => {
  const log = createLog({ level: "silent", name: "test" });
  const options = { config: parley.config, queues: WORKER_QUEUES, log };
  worker = await startWorker({ ...options, ...(workflows === undefined ? {} : { workflows }) });
  worker.finished.catch(() => undefined);
};

beforeAll(async () => {
  parley = await openInstallation({ worker: false, env: { SHUTDOWN_GRACE_MS: "1000" } });
  await start();
});
afterAll(async () => {
  await worker.stop();
  await parley.close();
  broken.remove();
});

it("turns under way outlast a release whose workflow code fails, and are answered after the roll-back", async () => {
  parley.openai.faults.replace([
    { match: { path: "/v1/responses" }, times: null, fault: { delay_ms: 60_000 } },
  ]);
  const ids = await Promise.all(
    CONTACTS.map(async (from) => (await parley.sendWebhook({ from, text: "Can I return a lamp?" })).id),
  );
  await eventually("five turns with a model call", async () => parley.openai.faults.list()[0]?.fired === 5);
  await worker.stop();
  await start(broken.entry);
  // As if each turn had been restarted on this release already, which saves the test ten seconds.
  await parley.db.execute(sql`
    UPDATE turns SET restarts = 1, build = ${readBuild(parley.config, broken.entry)}, restarted_at = now() WHERE state = 'open'`);
  await parley.db.execute(sql`UPDATE conversations SET turn_acquired_at = now() - interval '10 seconds'`);
  const [alert] = await eventually("the alert", async () => {
    const alerts = await listAlerts(parley.db);
    return alerts.some(({ name }) => name === "runs_stuck") ? alerts : null;
  });
  expect(alert?.detail).toContain("Roll back or deploy another build");
  expect((await findMessageOutcomes(parley.db, ids)).map(({ state }) => state)).toEqual(
    ids.map(() => "in_turn"),
  );
  parley.openai.faults.replace([]);
  await worker.stop();
  await start();
  await eventually("five answers", async () => {
    const outcomes = await findMessageOutcomes(parley.db, ids);
    return outcomes.every(({ state }) => state === "answered");
  });
  expect((await parley.replies()).map(({ to }) => to).toSorted()).toEqual(CONTACTS);
}, 300_000);
