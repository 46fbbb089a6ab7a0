import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openConversation } from "../../../db/conversations/open-conversation.ts";
import { type NewChange, storeMessageChange } from "../../../db/inbound/message-changes.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import { messageChanges } from "../../../db/schema/conversations.ts";
import { contacts } from "../../../db/schema/contacts.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
let db: Database;
let vault: Vault;

beforeAll(async () => {
  opened = await openDatabase("message_changes", { maxConnections: 2 });
  ({ db, vault } = opened);
});
afterAll(() => opened.close());

it("an edit with a new id of a contact who is known by the number stays in the conversation", async () => {
  const account = { tenantId: "acme", channel: "whatsapp", accountId: "main" };
  const known = await openConversation(db, vault, { ...account, address: "15550100200", thread: "" });
  const edit: NewChange = {
    ...account,
    changeId: "wamid.edit-1",
    from: "US.1a2B3c",
    aliases: ["15550100200"],
    thread: "",
    targetMessageId: "wamid.in-1",
    kind: "edit",
    text: "On Monday?",
    providerTime: null,
  };
  expect(await storeMessageChange(db, vault, edit)).toBe(true);
  expect(await storeMessageChange(db, vault, { ...edit, aliases: [] })).toBe(false);
  expect(await db.select().from(messageChanges)).toMatchObject([{ conversationId: known.conversationId }]);
  expect(await db.$count(contacts, eq(contacts.channel, "whatsapp"))).toBe(1);
});
