import { sql } from "drizzle-orm";
import type pg from "pg";
import { afterAll, beforeAll, expect, it, type Mock, onTestFinished, vi } from "vitest";
import { createAccountDirectory } from "../../api/account-directory.ts";
import { addAccount, changeAccount } from "../../db/tenants/tenant-accounts.ts";
import { type OpenDatabase, openDatabase } from "../support/open-database.ts";

const ACCOUNTS = 450;
const ACCOUNT = {
  channel: "webhook",
  tenantId: "main",
  address: "https://crm.test/",
  externalId: null,
  settings: {},
};
let opened: OpenDatabase;
let ids: string[];

beforeAll(async () => {
  opened = await openDatabase("account_directory");
  const { db, vault } = opened;
  await db.execute(sql`DELETE FROM channel_accounts`);
  ids = [];
  for (let n = 0; n < ACCOUNTS; n++) {
    const secrets = { inbound: [`secret-${n}`], outbound: [] };
    ids.push((await addAccount(db, vault, { ...ACCOUNT, secrets })).accountId);
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

/** Holds the answer to the next statement: it is read, and the caller does not have it yet. */
function holdNextAnswer() {
  const { $client: pool } = opened.db;
  const query = pool.query.bind(pool) as (...given: unknown[]) => Promise<pg.QueryResult>;
  const [isRead, isReleased] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const hold = async (...given: unknown[]) => {
    const answer = await query(...given);
    isRead.resolve();
    await isReleased.promise;
    return answer;
  };
  const spied = vi.spyOn(pool, "query") as unknown as Mock<typeof hold>;
  spied.mockImplementationOnce(hold);
  onTestFinished(() => spied.mockRestore());
  return { isRead: isRead.promise, release: isReleased.resolve };
}

it("a row that was read before a change never replaces the row that was read after it", async () => {
  const { db, vault } = opened;
  const directory = createAccountDirectory({ db, vault, publicBaseUrl: "https://parley.test" });
  const { isRead, release } = holdNextAnswer();
  const early = directory.find("webhook", keyOf(3).accountId);
  await isRead;
  await changeAccount(db, vault, keyOf(3), () => ({
    secrets: { inbound: ["newer"], outbound: [] },
  }));
  await directory.refresh();
  release();
  expect((await early)?.secrets.inbound).toEqual(["newer"]);
  expect((await directory.find("webhook", keyOf(3).accountId))?.secrets.inbound).toEqual(["newer"]);
});

it.each([
  ["while a request asks for it", true],
  ["after a request has asked for it", false],
])("an account that is added and deleted again %s is not kept", async (_when, isHeld) => {
  const { db, vault } = opened;
  const directory = createAccountDirectory({ db, vault, publicBaseUrl: "https://parley.test" });
  await directory.refresh();
  const secrets = { inbound: ["deleted soon"], outbound: [] };
  const { accountId } = await addAccount(db, vault, { ...ACCOUNT, secrets });
  const { isRead, release } = holdNextAnswer();
  const early = directory.find("webhook", accountId);
  await isRead;
  if (!isHeld) {
    release();
    await early;
  }
  await db.execute(sql`DELETE FROM channel_accounts WHERE id = ${accountId}`);
  await directory.refresh();
  release();
  await early;
  expect(await directory.find("webhook", accountId)).toBeNull();
});
