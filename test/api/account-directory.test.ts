import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createAccountDirectory } from "../../api/account-directory.ts";
import { addAccount, changeAccount } from "../../db/tenants/tenant-accounts.ts";
import { type OpenDatabase, openDatabase } from "../support/open-database.ts";

const ACCOUNTS = 450;
let opened: OpenDatabase;
let ids: string[];

beforeAll(async () => {
  opened = await openDatabase("account_directory");
  const { db, vault } = opened;
  const account = {
    channel: "webhook",
    tenantId: "main",
    address: "https://crm.test/",
    externalId: null,
    settings: {},
  };
  await db.execute(sql`DELETE FROM channel_accounts`);
  ids = [];
  for (let n = 0; n < ACCOUNTS; n++) {
    const secrets = { inbound: [`secret-${n}`], outbound: [] };
    ids.push((await addAccount(db, vault, { ...account, secrets })).accountId);
  }
});
afterAll(() => opened.close());

const keyOf = (n: number) => ({ tenantId: "main", channel: "webhook", accountId: ids[n] ?? "" });

it("after a change only the account that changed is decrypted, and its new secret is the one in use", async () => {
  const { db, vault } = opened;
  const open = vi.spyOn(vault, "openForTenant");
  const directory = createAccountDirectory({ db, vault, publicBaseUrl: "https://parley.test" });
  expect(await directory.refresh()).toMatchObject({ isChanged: true, unreadable: [] });
  expect(open).toHaveBeenCalledTimes(ACCOUNTS);
  expect(await directory.refresh()).toMatchObject({ isChanged: false });
  const key = keyOf(7);
  await changeAccount(db, vault, key, () => ({ secrets: { inbound: ["rotated"], outbound: [] } }));
  open.mockClear();
  expect(await directory.refresh()).toMatchObject({ isChanged: true });
  expect(open).toHaveBeenCalledTimes(1);
  expect((await directory.find("webhook", keyOf(7).accountId))?.secrets.inbound).toEqual(["rotated"]);
  expect((await directory.find("webhook", keyOf(449).accountId))?.secrets.inbound).toEqual(["secret-449"]);
});

it("an account that was disabled or deleted is so after the next refresh, and one that was never read is known", async () => {
  const { db, vault } = opened;
  const directory = createAccountDirectory({ db, vault, publicBaseUrl: "https://parley.test" });
  await directory.refresh();
  await changeAccount(db, vault, keyOf(1), () => ({ disabledAt: new Date() }));
  await db.execute(sql`DELETE FROM channel_accounts WHERE id = ${keyOf(2).accountId}`);
  await directory.refresh();
  expect(directory.isDisabled("webhook", keyOf(1).accountId)).toBe(true);
  expect(await directory.find("webhook", keyOf(2).accountId)).toBeNull();
});

it("a row that was read before a change never replaces the row that was read after it", async () => {
  const { db, vault } = opened;
  const directory = createAccountDirectory({ db, vault, publicBaseUrl: "https://parley.test" });
  const early = directory.find("webhook", keyOf(3).accountId);
  await changeAccount(db, vault, keyOf(3), () => ({
    secrets: { inbound: ["newer"], outbound: [] },
  }));
  await Promise.all([early, directory.refresh()]);
  await directory.refresh();
  expect((await directory.find("webhook", keyOf(3).accountId))?.secrets.inbound).toEqual(["newer"]);
});
