import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createGenerate } from "../../activities/generate.ts";
import { activityDependencies, openParts } from "../../activities/parts.ts";
import { turns } from "../../db/schema/turns.ts";
import { saveContext } from "../../db/turn-texts.ts";
import { configuredVault } from "../../infra/runtime/vault.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";
import { seedTurns } from "../support/seed-turns.ts";

let parley: Installation;
let parts: ReturnType<typeof openParts>;

beforeAll(async () => {
  parley = await openInstallation({ worker: false });
  parts = openParts(parley.config, () => undefined);
});
afterAll(async () => {
  await parts.close();
  await parley.close();
});

it("an attempt that wakes up after the turn was answered from another rung pays for nothing", async () => {
  const { db, config, openai } = parley;
  const vault = configuredVault(config);
  const [turn] = await seedTurns(db, vault, 1);
  if (turn === undefined) throw new Error("No turn was seeded.");
  const { scope } = turn;
  const route = { paidRungs: true, models: { full: "gpt-4o", smaller: "gpt-4o-mini" } };
  await saveContext(db, vault, scope, { context: "{}", route });
  await db.update(turns).set({ rung: "compressed_context" }).where(eq(turns.id, scope.turnId));
  const generate = createGenerate(activityDependencies(config, parts));
  openai.faults.replace([{ match: { path: "/v1/responses" }, times: null, fault: { status: 500 } }]);
  const woken = generate({ turnId: scope.turnId, rung: "full_context", reason: null });
  await expect(woken).rejects.toMatchObject({ type: "ReplyStands", nonRetryable: true });
  expect(openai.faults.list()[0]?.fired).toBe(0);
});
