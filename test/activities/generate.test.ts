import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createGenerate } from "../../activities/generate.ts";
import { createActivityDependencies, openDependencies } from "../../activities/worker/dependencies.ts";
import { turns } from "../../db/schema/turns.ts";
import { saveContext } from "../../db/turns/turn-texts.ts";
import { TIME_LIMITS_MS } from "../../workflows/time-limits.ts";
import { createConfiguredVault } from "../../infra/runtime/encryption/vault.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";
import { runActivity } from "../support/activities/run-activity.ts";
import { seedContext, seedTurn } from "../support/seed-turns.ts";
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

it("an attempt that resumes after another tier answered the turn makes no paid call", async () => {
  const { db, config, openai } = parley;
  const vault = createConfiguredVault(config);
  const turn = await seedTurn(db, vault);
  const { scope } = turn;
  const route = { paidTiers: true, models: { full: "gpt-4o", smaller: "gpt-4o-mini" } };
  await saveContext(db, vault, { scope, version: 0 }, { context: "{}", route });
  await db.update(turns).set({ tier: "compressed_context" }).where(eq(turns.id, scope.turnId));
  const generate = createGenerate(createActivityDependencies(config, parts));
  openai.faults.replace([{ match: { path: "/v1/responses" }, times: null, fault: { status: 500 } }]);
  const step = { turnId: scope.turnId, tier: "full_context", reason: null } as const;
  const woken = runActivity(() => generate(step));
  await expect(woken).rejects.toMatchObject({ type: "ReplyExists", nonRetryable: true });
  expect(openai.faults.list()[0]?.fired).toBe(0);
});

it("a model call ends before its activity does, and its time-out counts as the provider's", async () => {
  const { db, config, openai } = parley;
  const vault = createConfiguredVault(config);
  const turn = await seedTurn(db, vault);
  const { scope } = turn;
  await seedContext(db, vault, turn);
  const generate = createGenerate(createActivityDependencies(config, parts));
  openai.faults.replace([{ match: { path: "/v1/responses" }, times: null, fault: { delay_ms: 30_000 } }]);
  const limits = { startToCloseTimeoutMs: TIME_LIMITS_MS.settle + 1_500 };
  const step = { turnId: scope.turnId, tier: "full_context", reason: null } as const;
  const startedAt = performance.now();
  await expect(runActivity(() => generate(step), limits)).rejects.toMatchObject({
    type: "ModelTimeout",
  });
  expect(performance.now() - startedAt).toBeLessThan(limits.startToCloseTimeoutMs);
});
