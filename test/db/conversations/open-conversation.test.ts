import { eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pauseConversation } from "../../../db/conversations/pause.ts";
import { takeOverConversation } from "../../../db/conversations/takeover.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import { newMessage } from "../../support/new-message.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import type { ContactAddress } from "../../../db/contacts/find-contact.ts";
import { openConversation } from "../../../db/conversations/open-conversation.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { createOutboundLists } from "../../../activities/worker/sweep-outbound.ts";
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

it("two contacts whose addresses come together are one owner, and the conversation of the older one goes on", async () => {
  const older = await openTestConversation({ address: "phone" });
  const younger = await openTestConversation({ address: "user id" });
  expect(younger.contactId).not.toBe(older.contactId);
  expect(await openTestConversation({ address: "user id", aliases: ["phone"] })).toMatchObject({
    conversationId: older.conversationId,
  });
  expect(await openTestConversation({ address: "user id" })).toMatchObject({
    conversationId: older.conversationId,
  });
  expect(await openTestConversation({ address: "phone" })).toMatchObject({
    conversationId: older.conversationId,
  });
});

const ACCOUNT = { tenantId: "main", channel: "whatsapp", accountId: "main" };

it("a takeover and a pause of the younger contact go on in the conversation of the older one", async () => {
  const older = await openTestConversation({ address: "phone 2" });
  const younger = await openTestConversation({ address: "user id 2" });
  await takeOverConversation(db, younger.conversationId, "dana");
  await pauseConversation(db, younger.conversationId, "operator");
  for (let times = 0; times < 2; times++)
    await storeInbound(db, vault, newMessage(ACCOUNT, { from: "user id 2", aliases: ["phone 2"] }));
  const rows = await db
    .select()
    .from(conversations)
    .where(inArray(conversations.id, [older.conversationId, younger.conversationId]));
  const read = ({ conversationId }: { conversationId: string }) =>
    rows.find(({ id }) => id === conversationId);
  expect(read(older)).toMatchObject({ takenOverBy: "dana", pauseReason: "operator" });
  expect(read(younger)).toMatchObject({ takenOverBy: null, pauseReason: null });
});

it("a wait for an agent keeps its time in the conversation of the older contact", async () => {
  const older = await openTestConversation({ address: "phone 3" });
  const younger = await openTestConversation({ address: "user id 3" });
  const since = new Date(Date.now() - 300_000);
  await pauseConversation(db, younger.conversationId, "handoff", { since, handoffTimeoutS: 900 });
  await storeInbound(db, vault, newMessage(ACCOUNT, { from: "user id 3", aliases: ["phone 3"] }));
  const [row] = await db.select().from(conversations).where(eq(conversations.id, older.conversationId));
  expect(row).toMatchObject({ pauseReason: "handoff", pausedAt: since, handoffTimeoutS: 900 });
  const { handoffs } = createOutboundLists(db, "build");
  const [start] = await handoffs({ olderThanMs: 0, limit: 10, keysetBefore: null });
  const { timeoutS, ...input } = (start?.input ?? {}) as { timeoutS: number };
  expect(input).toMatchObject({ conversationId: older.conversationId, since: since.toISOString() });
  expect(timeoutS).toBeLessThanOrEqual(600);
  expect(timeoutS).toBeGreaterThan(500);
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
