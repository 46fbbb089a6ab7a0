import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ConsentKey, isOptedOut, setConsent } from "../../../db/contacts/consents.ts";
import { linkContacts } from "../../../db/contacts/list-contacts.ts";
import { applyVendorConsent } from "../../../db/contacts/vendor-consents.ts";
import { openConversation, type ConversationRef } from "../../../db/conversations/open-conversation.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import { consents } from "../../../db/schema/contacts.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("person_consents", { maxConnections: 4 });
});
afterAll(() => opened.close());

/** A person with a phone number and a user id, on an account of its own. */
function openPerson() {
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
    write: async (from: string, fields: { aliases?: string[]; keyword?: "stop" | "start" } = {}) =>
      await storeInbound(db, vault, newMessage(account, { from, ...fields })),
    isOut: async (key: ConsentKey) => await isOptedOut(db, key),
    readConsents: async () =>
      await db.select().from(consents).where(eq(consents.accountId, account.accountId)),
  };
}

it("a STOP by phone counts for the contact of the user id once a message bears both", async () => {
  const { phone, userId, open, write, isOut } = openPerson();
  await write(phone, { keyword: "stop" });
  const byUserId = await open(userId);
  expect(await isOut(byUserId)).toBe(false);
  await write(userId, { aliases: [phone] });
  expect(await isOut(byUserId)).toBe(true);
  expect(await isOut(await open(userId))).toBe(true);
});

it("a STOP by any address counts for every contact of the person, and a START ends it for all", async () => {
  for (const first of ["phone", "userId"] as const) {
    const person = openPerson();
    const both = [await person.open(person.phone), await person.open(person.userId)];
    await person.open(person.userId, [person.phone]);
    await person.write(person[first], { keyword: "stop" });
    expect(await Promise.all(both.map(person.isOut))).toEqual([true, true]);
    await person.write(person[first === "phone" ? "userId" : "phone"], { keyword: "start" });
    expect(await Promise.all(both.map(person.isOut))).toEqual([false, false]);
  }
});

it("an opt-out that an alias brings along stays when the contact of the alias is gone", async () => {
  const person = openPerson();
  const contact = await person.open(person.userId, [person.phone]);
  await setConsent(opened.db, contact, { state: "opted_out", source: "operator" });
  await opened.db.execute(sql`DELETE FROM contact_aliases WHERE contact_id = ${contact.contactId}`);
  await opened.db.execute(sql`DELETE FROM contacts WHERE id = ${contact.contactId}`);
  expect(await person.isOut(await person.open(person.phone))).toBe(true);
});

it("an opt-out counts for the contacts on the same channel that an operator linked", async () => {
  const person = openPerson();
  const [one, other] = [await person.open("one"), await person.open("other")];
  await linkContacts(opened.db, "acme", [one.contactId, other.contactId]);
  await person.write("one", { keyword: "stop" });
  expect(await person.isOut(other)).toBe(true);
});

it("a block by one address counts for every contact of the person", async () => {
  const person = openPerson();
  const [older, younger] = [await person.open(person.phone), await person.open(person.userId)];
  await person.open(person.userId, [person.phone]);
  await applyVendorConsent(opened.db, older, { state: "opted_out", source: "blocked" });
  expect(await person.isOut(younger)).toBe(true);
});

const BLOCK = { state: "opted_out", source: "blocked" } as const;
const UNBLOCK = { state: "opted_in", source: "unblocked", endsOnly: "blocked" } as const;

it("an unblocking ends a block and never a STOP, whichever came first", async () => {
  for (const [first, second] of [
    ["STOP", "block"],
    ["block", "STOP"],
  ]) {
    const person = openPerson();
    const contact = await person.open(person.phone, [person.userId]);
    for (const step of [first, second])
      if (step === "STOP") await person.write(person.phone, { keyword: "stop" });
      else await applyVendorConsent(opened.db, contact, BLOCK);
    expect(await applyVendorConsent(opened.db, contact, UNBLOCK)).toBe(false);
    expect(await person.isOut(contact)).toBe(true);
  }
  const person = openPerson();
  const contact = await person.open(person.phone, [person.userId]);
  await applyVendorConsent(opened.db, contact, BLOCK);
  expect(await applyVendorConsent(opened.db, contact, UNBLOCK)).toBe(true);
  expect(await person.isOut(contact)).toBe(false);
});

it("an older event of the vendor does not win over a newer STOP, also where it may end any opt-out", async () => {
  const person = openPerson();
  const contact = await person.open(person.phone);
  await person.write(person.phone, { keyword: "stop" });
  const older = { state: "opted_in", source: "advanced_opt_out", providerTime: new Date(0) } as const;
  expect(await applyVendorConsent(opened.db, contact, older)).toBe(false);
  expect(await person.isOut(contact)).toBe(true);
});

it("a vendor's event is written with its time in one statement, for all addresses", async () => {
  const person = openPerson();
  const contact = await person.open(person.phone, [person.userId]);
  const providerTime = new Date("2026-01-02T10:00:00Z");
  await applyVendorConsent(opened.db, contact, { ...BLOCK, providerTime });
  expect(await person.readConsents()).toMatchObject([
    { source: "blocked", changedAt: providerTime },
    { source: "blocked", changedAt: providerTime },
  ]);
});
