import { performance } from "node:perf_hooks";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { InboundEvent } from "../../../api/channels/channel.ts";
import { startInlined } from "../../../api/ingest/inlined/inline-event.ts";
import { type InlinableEvent, planInlined } from "../../../api/ingest/inlined/plan-inlined.ts";
import { consents } from "../../../db/schema/contacts.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { createWorkflowStarter } from "../../../infra/runtime/temporal/workflow-starter.ts";
import { sampleAccount } from "../../support/channels/samples.ts";
import { messageOf } from "../../support/ingest/open-drain.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation();
});
afterAll(() => parley.close());

const OPT_OUT: InboundEvent = { kind: "consent", from: "ben", state: "opted_out", source: "vendor" };

it.each([
  ["a STOP", messageOf("STOP") as InlinableEvent, "keyword"],
  ["an opt-out at the vendor", OPT_OUT as InlinableEvent, "vendor"],
])("an ingress without Postgres learns from the workflow that %s is stored", async (_name, event, source) => {
  const { config, db, temporal } = parley;
  if (temporal === undefined) throw new Error("The installation has no worker.");
  const starter = createWorkflowStarter({ temporal, taskQueue: config.PARLEY_TASK_QUEUE });
  const account = sampleAccount({ tenantId: config.PARLEY_TENANT, channel: "webhook", accountId: "main" });
  const context = { receivedAt: new Date(), arrivedAt: new Date(), quietMs: 0 };
  const start = planInlined(createConfiguredVault(config), account, event, context);
  const limitMs = 30_000;
  const before = performance.now();
  await startInlined(starter, start, { isUrgent: true, timeoutMs: limitMs });
  expect(await starter.awaitStored(start.workflowId, limitMs)).toBe(true);
  expect(performance.now() - before).toBeLessThan(limitMs);
  expect(await db.$count(consents, eq(consents.source, source))).toBe(1);
});
