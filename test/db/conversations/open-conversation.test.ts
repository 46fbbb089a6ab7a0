import { afterAll, beforeAll, expect, it } from "vitest";
import { openConversation, type ContactAddress } from "../../../db/conversations/open-conversation.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
let db: Database;
let vault: Vault;

beforeAll(async () => {
  opened = await openDatabase("contacts", { maxConnections: 8 });
  ({ db, vault } = opened);
});
afterAll(() => opened.close());

const openTestConversation = async (contact: Partial<ContactAddress> & { address: string }) =>
  await openConversation(db, vault, {
    tenantId: "main",
    channel: "whatsapp",
    accountId: "main",
    thread: "",
    ...contact,
  });

it("concurrent first messages of a contact get the same contact, key and conversation", async () => {
  const found = await Promise.all(
    Array.from({ length: 8 }, async () => await openTestConversation({ address: "new" })),
  );
  for (const each of found) expect(each).toEqual(found[0]);
  expect(await openTestConversation({ address: "new" })).toEqual(found[0]);
});

it("a contact is found by every alias that came with a known address", async () => {
  const first = await openTestConversation({ address: "bsuid-1", aliases: ["15005550001"] });
  expect(await openTestConversation({ address: "15005550001" })).toEqual(first);
  expect(await openTestConversation({ address: "bsuid-2", aliases: ["15005550001"] })).toEqual(first);
  expect(await openTestConversation({ address: "bsuid-2" })).toEqual(first);
});

it("an address leads to the contact whose own address it is, even if it is an alias of another contact", async () => {
  const own = await openTestConversation({ address: "shared" });
  const other = await openTestConversation({ address: "other" });
  expect(await openTestConversation({ address: "other", aliases: ["shared"] })).toEqual(other);
  expect(await openTestConversation({ address: "shared" })).toEqual(own);
});

it("each thread, account and tenant has separate conversations; each tenant and channel has separate contacts", async () => {
  const here = await openTestConversation({ address: "ada" });
  const [thread, account, channel, tenant] = await Promise.all([
    openTestConversation({ address: "ada", thread: "t1" }),
    openTestConversation({ address: "ada", accountId: "second" }),
    openTestConversation({ address: "ada", channel: "messenger" }),
    openTestConversation({ address: "ada", tenantId: "other" }),
  ]);
  const all = [here, thread, account, channel, tenant];
  expect(new Set(all.map(({ conversationId }) => conversationId)).size).toBe(5);
  expect([thread.contactId, account.contactId]).toEqual([here.contactId, here.contactId]);
  expect(new Set([here, channel, tenant].map(({ contactId }) => contactId)).size).toBe(3);
});
