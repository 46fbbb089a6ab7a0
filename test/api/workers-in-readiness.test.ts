import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { startWorker } from "../../activities/worker/worker.ts";
import { checkPostgres, checkTemporal } from "../../api/check-stores.ts";
import { connectPostgres } from "../../db/connection/postgres.ts";
import { raiseAlert } from "../../db/health/alerts.ts";
import { runDoctor } from "../../infra/cli/doctor/run-doctor.ts";
import { loadConfig } from "../../infra/runtime/config/config.ts";
import { createLog } from "../../infra/runtime/log.ts";
import { connectTemporal } from "../../infra/runtime/temporal/temporal-client.ts";
import { eventually } from "../support/eventually.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";
import { openDatabase } from "../support/open-database.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ worker: false });
});
afterAll(() => parley.close());

const readiness = async () => {
  const response = await fetch(`${parley.url}/readyz`);
  return { code: response.status, ...((await response.json()) as { workers: { main: number } | null }) };
};

const findCheck = async (name: string) =>
  (await runDoctor(parley.config)).checks.find((check) => check.name === name);

it("an ingress without workers is degraded, and doctor names the queues that no worker polls", async () => {
  await eventually("the answer of Temporal", async () => (await readiness()).workers !== null);
  expect(await readiness()).toMatchObject({ code: 200, status: "degraded", checks: { workers: "missing" } });
  expect(await findCheck("Workers")).toMatchObject({
    ok: false,
    state: "missing",
    fix: expect.stringContaining("parley worker --queue main model delivery batch"),
  });
  const log = createLog({ level: "silent", name: "test" });
  const worker = await startWorker({ config: parley.config, queues: ["main"], log });
  worker.finished.catch(() => undefined);
  await eventually("the main worker", async () => (await readiness()).workers?.main === 1);
  expect(await readiness()).toMatchObject({ status: "degraded", workers: { main: 1, model: 0 } });
  await worker.stop();
});

it("an alert of the workers makes an ingress degraded, and doctor shows it", async () => {
  await raiseAlert(parley.db, { name: "chore:partitions", detail: "It failed." });
  await eventually("the alert", async () => JSON.stringify(await readiness()).includes("It failed."));
  expect(await findCheck("Alerts")).toMatchObject({
    ok: false,
    state: "degraded",
    detail: expect.stringContaining("chore:partitions since"),
  });
});

it("a Postgres that only reads and a Temporal without the namespace count as unavailable", async () => {
  const database = await openDatabase("read_only");
  await checkPostgres(database.db);
  const name = new URL(database.url).pathname.slice(1);
  await database.db.execute(sql.raw(`ALTER DATABASE ${name} SET default_transaction_read_only = on`));
  const options = { maxConnections: 1, applicationName: "test", onError: () => undefined };
  const standby = connectPostgres({ url: database.url, ...options });
  await expect(checkPostgres(standby)).rejects.toThrow("accepts no message");
  await standby.$client.end();
  await database.close();

  const {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    ...config
  } = loadConfig(inject("sandboxEnv"));
  const known = connectTemporal({ address, namespace }, config.PARLEY_ENCRYPTION_KEYS);
  const unknown = connectTemporal({ address, namespace: "no-such" }, config.PARLEY_ENCRYPTION_KEYS);
  await checkTemporal(known);
  await expect(checkTemporal(unknown)).rejects.toThrow();
  for (const client of [known, unknown]) await client.connection.close();
});
