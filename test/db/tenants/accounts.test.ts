import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { findAccount, upsertAccount, upsertTenant } from "../../../db/tenants/accounts.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import { channelAccounts } from "../../../db/schema/tenants.ts";
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

it("what the environment says of an account holds each time, and the rest stays as an operator changed it", async () => {
  const vault = createConfiguredVault(loadConfig(inject("sandboxEnv")));
  await upsertTenant(db, { id: "acme", businessName: "Acme", dailyBudgetUsd: 1 });
  const account = {
    ...sampleAccount({ channel: "web", accountId: "mine" }),
    settings: { quietWindowMs: 100 },
  };
  const settings = async () => (await findAccount(db, vault, account))?.settings;
  await upsertAccount(db, vault, account);
  expect(await settings()).toEqual({ quietWindowMs: 100 });
  await db
    .update(channelAccounts)
    .set({ settings: { quietWindowMs: 5, origins: ["https://shop.example"], handoffTimeoutS: 60 } });
  await upsertAccount(db, vault, account);
  expect(await settings()).toEqual({
    quietWindowMs: 100,
    origins: ["https://shop.example"],
    handoffTimeoutS: 60,
  });
});
