import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDeliver } from "../../activities/deliver.ts";
import { createActivityDependencies, openDependencies } from "../../activities/worker/dependencies.ts";
import { deliveries } from "../../db/schema/deliveries.ts";
import { turns } from "../../db/schema/turns.ts";
import { createConfiguredVault } from "../../infra/runtime/encryption/vault.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";
import { runActivity } from "../support/activities/run-activity.ts";
import { seedTurn } from "../support/seed-turns.ts";
import { createLog } from "../../infra/runtime/log.ts";

const SILENT = createLog({ level: "silent", name: "test" });

let parley: Installation;
let parts: ReturnType<typeof openDependencies>;

beforeAll(async () => {
  parley = await openInstallation({ worker: false });
  parts = openDependencies(parley.config, SILENT);
});
afterAll(async () => {
  await parts.close();
  await parley.close();
});

it("a turn whose recorded reply the database has lost is not ended, and the workflow learns of it", async () => {
  const { db, config } = parley;
  const turn = await seedTurn(db, createConfiguredVault(config));
  const { turnId } = turn.scope;
  await db.delete(deliveries).where(eq(deliveries.turnId, turnId));
  const deliver = createDeliver(createActivityDependencies(config, parts));
  await expect(runActivity(() => deliver({ turnId }))).rejects.toMatchObject({
    type: "Poison",
    nonRetryable: true,
    details: ["poison:reply_lost"],
  });
  const [row] = await db.select().from(turns).where(eq(turns.id, turnId));
  expect(row?.state).toBe("open");
});
