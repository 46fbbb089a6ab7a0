import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import {
  findAccounts,
  findTenant,
  listAccountVersions,
  readAccountsVersion,
} from "../../../db/tenants/accounts.ts";
import { changeAccount, findTenantAccount } from "../../../db/tenants/tenant-accounts.ts";
import { updateTenant } from "../../../db/tenants/tenants.ts";
import { upsertAccount, upsertTenant } from "../../../db/tenants/seed.ts";
import { channelAccounts } from "../../../db/schema/tenants.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { sampleAccount } from "../../support/channels/samples.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
let db: Database;

beforeAll(async () => {
  opened = await openDatabase("accounts", { maxConnections: 2 });
  ({ db } = opened);
});
afterAll(() => opened.close());

it("the newer of the environment and the API wins, part by part, and a disabled account stays disabled", async () => {
  const vault = createConfiguredVault(loadConfig(inject("sandboxEnv")));
  await upsertTenant(db, { id: "acme", businessName: "Acme", dailyBudgetUsd: 1 });
  const account = {
    ...sampleAccount({ channel: "webhook", accountId: "mine" }),
    tenantId: "acme",
    secrets: { inbound: ["leaked"], outbound: ["out"] },
    settings: { quietWindowMs: 100 },
  };
  const key = { tenantId: "acme", channel: "webhook", accountId: "mine" };
  const readStored = async () => await findTenantAccount(db, vault, key);
  expect(await upsertAccount(db, vault, account)).toMatchObject({ isNew: true });
  const disabledAt = new Date();
  const rotated = { inbound: ["rotated"], outbound: ["out"] };
  await changeAccount(db, vault, key, () => ({
    secrets: rotated,
    settings: { quietWindowMs: 200, handoffTimeoutS: 60 },
    disabledAt,
  }));

  // The next deployment, with the environment of before.
  expect(await upsertAccount(db, vault, account)).toEqual({
    isNew: false,
    written: [],
    kept: ["secrets", "settings.quietWindowMs"],
    isDisabled: true,
  });
  expect(await readStored()).toMatchObject({
    secrets: rotated,
    settings: { quietWindowMs: 200, handoffTimeoutS: 60 },
    disabledAt,
  });

  // The environment has changed, so it is newer now.
  const secrets = { inbound: ["of the environment"], outbound: ["out"] };
  expect(await upsertAccount(db, vault, { ...account, secrets })).toMatchObject({
    written: ["secrets"],
    kept: ["settings.quietWindowMs"],
    isDisabled: true,
  });
  expect(await readStored()).toMatchObject({ secrets, settings: { quietWindowMs: 200 }, disabledAt });
});

it("each change of an account gives it another version, also where the changes are of one transaction", async () => {
  const vault = createConfiguredVault(loadConfig(inject("sandboxEnv")));
  await upsertTenant(db, { id: "versions", businessName: "Versions", dailyBudgetUsd: 1 });
  const account = { ...sampleAccount({ channel: "webhook", accountId: "versioned" }), tenantId: "versions" };
  const seen: { all: string; listed: string | undefined; found: string | undefined }[] = [];
  await db.transaction(async (tx) => {
    const note = async () => {
      const listed = (await listAccountVersions(tx)).find(({ accountId }) => accountId === "versioned");
      const [found] = await findAccounts(tx, vault, [{ channel: "webhook", accountId: "versioned" }]);
      const { version: all } = await readAccountsVersion(tx);
      seen.push({ all, listed: listed?.version, found: found?.version });
    };
    const { accountId: id, ...fields } = account;
    await tx.insert(channelAccounts).values({ ...fields, id, secrets: Buffer.alloc(1) });
    await note();
    for (const pausedAt of [new Date(), null]) {
      await tx.update(channelAccounts).set({ pausedAt }).where(eq(channelAccounts.id, "versioned"));
      await note();
    }
  });
  for (const key of ["all", "listed"] as const) expect(new Set(seen.map((one) => one[key])).size).toBe(3);
  expect(seen.map(({ found }) => found)).toEqual(seen.map(({ listed }) => listed));
});

it("a budget that was changed through the API is kept until the environment changes", async () => {
  const tenant = { id: "priced", businessName: "Priced", dailyBudgetUsd: 10 };
  const budget = async () => (await findTenant(db, "priced")).dailyBudgetUsd;
  await upsertTenant(db, tenant);
  await updateTenant(db, "priced", { dailyBudgetUsd: 3 });
  expect(await upsertTenant(db, tenant)).toMatchObject({ kept: ["dailyBudgetUsd"], written: [] });
  expect(await budget()).toBe(3);
  expect(await upsertTenant(db, { ...tenant, dailyBudgetUsd: 20 })).toMatchObject({
    written: ["dailyBudgetUsd"],
  });
  expect(await budget()).toBe(20);
});
