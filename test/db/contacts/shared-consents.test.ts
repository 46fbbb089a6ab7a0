import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ConsentKey, isOptedOut, setConsent } from "../../../db/contacts/consents.ts";
import { linkContacts } from "../../../db/contacts/list-contacts.ts";
import { applyVendorConsent } from "../../../db/contacts/vendor-consents.ts";
import { createEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { openConversation, type ConversationRef } from "../../../db/conversations/open-conversation.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import type { NewInbound } from "../../../db/inbound/new-inbound.ts";
import { consents } from "../../../db/schema/contacts.ts";
import { inbox } from "../../../db/schema/conversations.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("shared_consents", { maxConnections: 4 });
});
afterAll(() => opened.close());

/** A owner with a phone number and a user id, on an account of its own. */
function openOwner() {
  const { db, vault } = opened;
  const [phone, userId] = [`+1${randomUUID()}`, `user ${randomUUID()}`];
  const account = { tenantId: "acme", channel: "whatsapp", accountId: randomUUID() };
  const keyOf = (contact: ConversationRef) => ({ ...account, ...contact });
  const open = async (address: string, aliases: string[] = []) =>
    keyOf(await openConversation(db, vault, { ...account, address, aliases, thread: "" }));
  return {
    phone,
    userId,
    open,
    write: async (from: string, fields: Partial<NewInbound> = {}) =>
      await storeInbound(db, vault, newMessage(account, { from, ...fields })),
    readKeywords: async () => {
      const rows = await db.select().from(inbox).where(eq(inbox.accountId, account.accountId));
      return rows.toSorted((one, other) => one.seq - other.seq).map(({ keyword }) => keyword);
    },
    isOut: async (key: ConsentKey) => await isOptedOut(db, key),
    readConsents: async () =>
      await db.select().from(consents).where(eq(consents.accountId, account.accountId)),
  };
}

it("a STOP by phone counts for the contact of the user id once a message bears both", async () => {
  const { phone, userId, open, write, isOut } = openOwner();
  await write(phone, { keyword: "stop" });
  const byUserId = await open(userId);
  expect(await isOut(byUserId)).toBe(false);
  await write(userId, { aliases: [phone] });
  expect(await isOut(byUserId)).toBe(true);
  expect(await isOut(await open(userId))).toBe(true);
});

it("a STOP by any address counts for every contact of the owner, and a START ends it for all", async () => {
  for (const first of ["phone", "userId"] as const) {
    const owner = openOwner();
    const both = [await owner.open(owner.phone), await owner.open(owner.userId)];
    await owner.open(owner.userId, [owner.phone]);
    await owner.write(owner[first], { keyword: "stop" });
    expect(await Promise.all(both.map(owner.isOut))).toEqual([true, true]);
    await owner.write(owner[first === "phone" ? "userId" : "phone"], { keyword: "start" });
    expect(await Promise.all(both.map(owner.isOut))).toEqual([false, false]);
  }
});

it("an opt-out that an alias brings along stays when the contact of the alias is gone", async () => {
  const owner = openOwner();
  const contact = await owner.open(owner.userId, [owner.phone]);
  await setConsent(opened.db, contact, { state: "opted_out", source: "operator" });
  await opened.db.execute(sql`DELETE FROM contact_aliases WHERE contact_id = ${contact.contactId}`);
  await opened.db.execute(sql`DELETE FROM contacts WHERE id = ${contact.contactId}`);
  expect(await owner.isOut(await owner.open(owner.phone))).toBe(true);
});

it("an opt-out counts for the contacts on the same channel that an operator linked", async () => {
  const owner = openOwner();
  const [one, other] = [await owner.open("one"), await owner.open("other")];
  await linkContacts(opened.db, "acme", [one.contactId, other.contactId]);
  await owner.write("one", { keyword: "stop" });
  expect(await owner.isOut(other)).toBe(true);
});

it("a block by one address counts for every contact of the owner", async () => {
  const owner = openOwner();
  const [older, younger] = [await owner.open(owner.phone), await owner.open(owner.userId)];
  await owner.open(owner.userId, [owner.phone]);
  await applyVendorConsent(opened.db, older, { state: "opted_out", source: "blocked" });
  expect(await owner.isOut(younger)).toBe(true);
});

const BLOCK = { state: "opted_out", source: "blocked" } as const;
const UNBLOCK = { state: "opted_in", source: "unblocked", endsOnly: "blocked" } as const;

it("an unblocking ends a block and never a STOP, whichever came first", async () => {
  for (const [first, second] of [
    ["STOP", "block"],
    ["block", "STOP"],
  ]) {
    const owner = openOwner();
    const contact = await owner.open(owner.phone, [owner.userId]);
    for (const step of [first, second])
      if (step === "STOP") await owner.write(owner.phone, { keyword: "stop" });
      else await applyVendorConsent(opened.db, contact, BLOCK);
    expect(await applyVendorConsent(opened.db, contact, UNBLOCK)).toBe(false);
    expect(await owner.isOut(contact)).toBe(true);
  }
  const owner = openOwner();
  const contact = await owner.open(owner.phone, [owner.userId]);
  await applyVendorConsent(opened.db, contact, BLOCK);
  expect(await applyVendorConsent(opened.db, contact, UNBLOCK)).toBe(true);
  expect(await owner.isOut(contact)).toBe(false);
});

it("an older event of the vendor does not win over a newer STOP, also where it may end any opt-out", async () => {
  const owner = openOwner();
  const contact = await owner.open(owner.phone);
  await owner.write(owner.phone, { keyword: "stop" });
  const older = { state: "opted_in", source: "advanced_opt_out", providerTime: new Date(0) } as const;
  expect(await applyVendorConsent(opened.db, contact, older)).toBe(false);
  expect(await owner.isOut(contact)).toBe(true);
});

it("a vendor's event is written with its time in one statement, for all addresses", async () => {
  const owner = openOwner();
  const contact = await owner.open(owner.phone, [owner.userId]);
  const providerTime = new Date("2026-01-02T10:00:00Z");
  await applyVendorConsent(opened.db, contact, { ...BLOCK, providerTime });
  expect(await owner.readConsents()).toMatchObject([
    { source: "blocked", changedAt: providerTime },
    { source: "blocked", changedAt: providerTime },
  ]);
});

const second = (after: number) => new Date(Date.UTC(2026, 0, 2, 10, 0, after));
const START_AND_YES = ["start", "yes"] as const;

it.each(START_AND_YES)("an older %s does not end a newer STOP and is not confirmed", async (keyword) => {
  const owner = openOwner();
  const contact = await owner.open(owner.phone, [owner.userId]);
  await owner.write(owner.phone, { keyword: "stop", providerTime: second(5) });
  await owner.write(owner.userId, { keyword, providerTime: second(0) });
  expect(await owner.isOut(contact)).toBe(true);
  expect(await owner.readKeywords()).toEqual(["stop", null]);
  await owner.write(owner.phone, { keyword, providerTime: second(5) });
  expect(await owner.isOut(contact)).toBe(false);
  expect(await owner.readKeywords()).toEqual(["stop", null, "start"]);
});

it("a START that waited outside of Postgres without a time of the vendor does not end a newer STOP", async () => {
  const owner = openOwner();
  const contact = await owner.open(owner.phone);
  await owner.write(owner.phone, { keyword: "stop" });
  await owner.write(owner.phone, { keyword: "start", arrivedAt: new Date(Date.now() - 5_000) });
  expect(await owner.isOut(contact)).toBe(true);
  expect(await owner.readKeywords()).toEqual(["stop", null]);
});

it("a START between two STOPs does not end the later one", async () => {
  const owner = openOwner();
  const contact = await owner.open(owner.phone);
  await owner.write(owner.phone, { keyword: "stop", providerTime: second(0) });
  await owner.write(owner.phone, { keyword: "stop", providerTime: second(5) });
  await owner.write(owner.phone, { keyword: "start", providerTime: second(2) });
  expect(await owner.isOut(contact)).toBe(true);
  await owner.write(owner.phone, { keyword: "start", providerTime: second(6) });
  expect(await owner.isOut(contact)).toBe(false);
});

const STOP_AT_VENDOR = { state: "opted_out", source: "advanced_opt_out" } as const;

it.each([
  ["that ended an opt-out", true],
  ["of a contact who was not out", false],
])("a STOP that comes late does not end a newer START %s", async (_name, wasOut) => {
  const owner = openOwner();
  const contact = await owner.open(owner.phone, [owner.userId]);
  if (wasOut) await owner.write(owner.phone, { keyword: "stop", providerTime: second(0) });
  await owner.write(owner.phone, { keyword: "start", providerTime: second(5) });
  // An older START does not change the time of the newer one.
  await owner.write(owner.phone, { keyword: "start", providerTime: second(1) });
  await owner.write(owner.userId, { keyword: "stop", providerTime: second(3) });
  expect(await owner.isOut(contact)).toBe(false);
  expect((await owner.readKeywords()).at(-1)).toBe("stop_again");
  const atVendor = { ...STOP_AT_VENDOR, providerTime: second(4) };
  expect(await applyVendorConsent(opened.db, contact, atVendor)).toBe(false);
  expect(await owner.isOut(contact)).toBe(false);
  await owner.write(owner.phone, { keyword: "stop", providerTime: second(5) });
  expect(await owner.isOut(contact)).toBe(true);
  expect((await owner.readKeywords()).at(-1)).toBe("stop");
});

it("an opt-out at the vendor with the time of a START counts", async () => {
  const owner = openOwner();
  const contact = await owner.open(owner.phone);
  await owner.write(owner.phone, { keyword: "start", providerTime: second(5) });
  const atVendor = { ...STOP_AT_VENDOR, providerTime: second(5) };
  expect(await applyVendorConsent(opened.db, contact, atVendor)).toBe(true);
  expect(await owner.isOut(contact)).toBe(true);
});

it.each([
  ["an unblocking", { ...UNBLOCK, at: second(5) }],
  ["an opt-in by the operator", { state: "opted_in", source: "operator" } as const],
])("a STOP that comes late counts after %s, which the contact did not write", async (_name, optIn) => {
  const owner = openOwner();
  const contact = await owner.open(owner.phone);
  await setConsent(opened.db, contact, optIn);
  await owner.write(owner.phone, { keyword: "stop", providerTime: second(3) });
  expect(await owner.isOut(contact)).toBe(true);
});

it("the time of a START is kept although the contact is not out, and only the STOP emits an event", async () => {
  const owner = openOwner();
  const { contactId, tenantId } = await owner.open(owner.phone);
  const endpoint = { tenantId, url: "https://crm.test/", types: [], includeText: false };
  await createEventEndpoint(opened.db, opened.vault, endpoint);
  await owner.write(owner.phone, { keyword: "start", providerTime: second(2) });
  expect(await owner.readConsents()).toMatchObject([{ state: "opted_in", changedAt: second(2) }]);
  expect(await owner.readKeywords()).toEqual(["help"]);
  await owner.write(owner.phone, { keyword: "stop" });
  const events = await opened.db.execute(
    sql`SELECT type FROM events WHERE data ->> 'contact_id' = ${contactId} AND type LIKE 'contact.%' ORDER BY ordinal`,
  );
  expect(events.rows).toEqual([{ type: "contact.opted_out" }]);
});
