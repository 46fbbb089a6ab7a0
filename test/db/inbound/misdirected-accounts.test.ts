import { afterAll, beforeAll, expect, it } from "vitest";
import { createMisdirectedAccounts } from "../../../activities/worker/misdirected-accounts.ts";
import { listAlerts } from "../../../db/health/alerts.ts";
import { countIgnoredEvent } from "../../../db/inbound/ignored-events.ts";
import { findMisdirectedAccounts, OTHER_ACCOUNT } from "../../../db/inbound/misdirected-accounts.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("misdirected_accounts");
});
afterAll(() => opened.close());

const account = (accountId: string) => ({ tenantId: "demo", channel: "instagram", accountId });

it("an account is misdirected only while every event of it is for another account, and then it is an alert", async () => {
  const { db, vault } = opened;
  const chore = createMisdirectedAccounts(db);
  for (const name of ["swapped", "swapped", "shared", "right"])
    await countIgnoredEvent(db, account(name), OTHER_ACCOUNT);
  await countIgnoredEvent(db, account("shared"), "reaction");
  await storeInbound(db, vault, newMessage(account("right"), { from: "6200" }));
  expect(await findMisdirectedAccounts(db)).toEqual([{ ...account("swapped"), events: 2 }]);
  await chore.run();
  const alerts = await listAlerts(db);
  expect(alerts.map(({ name }) => name)).toEqual(["misdirected_account:demo/instagram/swapped"]);
  expect(alerts[0]?.detail).toContain("instagram/swapped");

  await storeInbound(db, vault, newMessage(account("swapped"), { from: "6200" }));
  await chore.run();
  expect(await findMisdirectedAccounts(db)).toEqual([]);
  expect(await listAlerts(db)).toEqual([]);
});
