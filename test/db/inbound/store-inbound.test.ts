import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { connectPostgres, type Database, type Queryable } from "../../../db/connection/postgres.ts";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import { listLines } from "../../../db/conversations/list-lines.ts";
import { createEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import { storeChange } from "../../../db/inbound/message-changes.ts";
import type { NewInbound } from "../../../db/inbound/new-inbound.ts";
import { eventually } from "../../support/eventually.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
let db: Database;
/** The pool of a second ingress. */
let other: Database;
let statements: string[] = [];
let account: { tenantId: string; channel: string; accountId: string };

beforeAll(async () => {
  opened = await openDatabase("store_inbound", { maxConnections: 8 });
  ({ db } = opened);
  const options = { maxConnections: 8, applicationName: "second ingress", onError: () => undefined };
  other = connectPostgres({ url: opened.url, ...options });
  db.$client.on("connect", (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    const record = (...given: unknown[]) => {
      const [first] = given as [string | { text: string }];
      statements.push(typeof first === "string" ? first : first.text);
      return query(...given);
    };
    client.query = record as typeof client.query;
  });
});
afterAll(async () => {
  await other.$client.end();
  await opened.close();
});
beforeEach(() => {
  account = { tenantId: randomUUID(), channel: "webhook", accountId: "main" };
  statements = [];
});

const store = async (on: Queryable, fields: Pick<NewInbound, "from"> & Partial<NewInbound>) =>
  await storeInbound(on, opened.vault, newMessage(account, fields));

/** The transactions that wrote the rows of the tenant, and the number of rows. */
async function readWrites(): Promise<{ transactions: number; rows: number }> {
  const tables = [
    "contacts",
    "contact_aliases",
    "conversations",
    "inbox",
    "messages",
    "events",
    "stream_events",
  ];
  const selects = tables.map(
    (table) => sql`SELECT xmin FROM ${sql.identifier(table)} WHERE tenant_id = ${account.tenantId}`,
  );
  const { rows } = await other.execute<{ transactions: number; rows: number }>(sql`
    SELECT count(DISTINCT xmin::text)::int AS transactions, count(*)::int AS rows FROM (${sql.join(selects, sql` UNION ALL `)}) w`);
  return rows[0] ?? { transactions: 0, rows: 0 };
}

async function readConversation() {
  const { rows } = await other.execute<{
    contacts: number;
    conversations: number;
    next: number;
    seqs: number[];
  }>(sql`
    SELECT (SELECT count(*)::int FROM contacts WHERE tenant_id = ${account.tenantId}) AS contacts, count(*)::int AS conversations,
      max(next_seq)::int AS next, (SELECT array_agg(seq::int ORDER BY seq) FROM inbox WHERE tenant_id = ${account.tenantId}) AS seqs
    FROM conversations WHERE tenant_id = ${account.tenantId}`);
  return rows[0];
}

async function readTexts(conversationId: string) {
  const owner = await findConversationOwner(other, account.tenantId, conversationId);
  const page = await listLines(other, opened.vault, owner, { limit: 100, keysetBefore: null });
  return page.rows.map(({ text }) => text);
}

const awaitLockOf = async (pid?: number) =>
  await eventually("a session that waits for a lock", async () => {
    const { rows } = await other.execute<{ pid: number }>(sql`
      SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND pid = coalesce(${pid ?? null}::int, pid)`);
    return rows[0];
  });

it("a message of a new contact with an alias, an event and a stream entry is two statements and one commit", async () => {
  await createEventEndpoint(other, opened.vault, {
    tenantId: account.tenantId,
    url: "https://events.test",
    types: [],
    includeText: false,
  });
  const message = { from: "new", aliases: ["alias"], media: "[]", appendToStream: true } as const;
  expect(await store(db, message)).toMatchObject({ state: "pending", isNew: true });
  expect(statements).toHaveLength(2);
  expect(statements.filter((text) => /^(begin|insert|update)/i.test(text))).toEqual([]);
  expect(await readWrites()).toEqual({ transactions: 1, rows: 7 });
});

it("a later message is two statements and one commit", async () => {
  await store(db, { from: "known", aliases: ["alias"] });
  statements = [];
  await store(db, { from: "known", aliases: ["alias"], keyword: "agent" });
  expect(statements).toHaveLength(2);
  // The contact and its alias, the first message with its text; the conversation, the second message with its text.
  expect(await readWrites()).toEqual({ transactions: 2, rows: 7 });
});

it("a redelivery is one statement, returns the first state and leaves no gap in the numbers", async () => {
  const message = { from: "twice", providerMessageId: randomUUID(), text: "" };
  const first = await store(db, { ...message, suppressed: "empty_text" });
  statements = [];
  expect(await store(db, message)).toEqual({ ...first, isNew: false });
  expect(statements).toHaveLength(1);
  expect(await readConversation()).toMatchObject({ next: 2, seqs: [1] });
});

it.each([
  { count: 2, before: 0 },
  { count: 20, before: 0 },
  { count: 20, before: 1 },
])(
  "$count messages at once on two ingresses, of a contact with $before before, share one contact and have numbers without a gap",
  async ({ count, before }) => {
    if (before > 0) await store(db, { from: "at once", text: "before" });
    const texts = Array.from({ length: count }, (_, i) => `message ${i}`);
    const stored = await Promise.all(
      texts.map((text, i) => store(i % 2 === 0 ? db : other, { from: "at once", text })),
    );
    expect(stored.every(({ isNew }) => isNew)).toBe(true);
    const numbers = Array.from({ length: before + count }, (_, i) => i + 1);
    const one = { contacts: 1, conversations: 1, next: before + count + 1, seqs: numbers };
    expect(await readConversation()).toEqual(one);
    const expected = new Set([...texts, ...(before > 0 ? ["before"] : [])]);
    expect(new Set(await readTexts(stored[0]?.conversationId ?? ""))).toEqual(expected);
  },
);

it("deliveries of one first message at once on two ingresses store it once", async () => {
  const message = { from: "again", providerMessageId: randomUUID() };
  const stored = await Promise.all(
    Array.from({ length: 10 }, (_, i) => store(i % 2 === 0 ? db : other, message)),
  );
  expect(stored.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(new Set(stored.map(({ conversationId }) => conversationId)).size).toBe(1);
  expect(await readConversation()).toEqual({ contacts: 1, conversations: 1, next: 2, seqs: [1] });
});

it("a message whose id another contact uses at the same time is a redelivery", async () => {
  const providerMessageId = randomUUID();
  const stored = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      store(i % 2 === 0 ? db : other, { from: `contact ${i}`, providerMessageId }),
    ),
  );
  expect(stored.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(await readConversation()).toMatchObject({ contacts: 1, conversations: 1, next: 2, seqs: [1] });
});

it.each(["a new contact", "a known contact"])(
  "a connection that ends while it stores a message of %s leaves nothing, and the redelivery is stored without a gap",
  async (who) => {
    if (who === "a known contact") await store(db, { from: "crash", thread: "t0" });
    const before = await readConversation();
    const message = { from: "crash", providerMessageId: randomUUID() };
    const lock = sql`first_message_lock(${account.channel}, ${account.accountId}, ${message.providerMessageId})`;
    await other.transaction(async (tx) => {
      await tx.execute(sql`SELECT pg_advisory_xact_lock(${lock})`);
      const crashed = store(db, message).catch((error: unknown) => error);
      const { pid } = await awaitLockOf();
      await tx.execute(sql`SELECT pg_terminate_backend(${pid})`);
      expect(await crashed).toBeInstanceOf(Error);
    });
    expect(await readConversation()).toEqual(before);
    expect(await store(db, message)).toMatchObject({ isNew: true });
    expect(await readConversation()).toMatchObject({ contacts: 1, next: 2 });
  },
);

it("a deletion that arrives while the first message of a contact is being stored takes it back", async () => {
  const targetMessageId = randomUUID();
  const { deleted } = await other.transaction(async (tx) => {
    await store(tx, { from: "unsent", providerMessageId: targetMessageId });
    const change = { ...account, changeId: randomUUID(), from: "unsent", thread: "", targetMessageId };
    const deletion = {
      ...change,
      kind: "delete",
      text: "",
      providerTime: null,
      needsStoredMessage: true,
    } as const;
    const storing = storeChange(db, opened.vault, deletion);
    await awaitLockOf();
    return { deleted: storing };
  });
  expect(await deleted).toBe(true);
  const again = await store(db, { from: "unsent", providerMessageId: targetMessageId });
  expect(again).toMatchObject({ isNew: false, state: "suppressed" });
});

it("the end of a key waits for a message that opens a conversation, and a message after it gets another key", async () => {
  await store(db, { from: "erased" });
  const destroy = async (on: Queryable) =>
    await on.execute(sql`UPDATE contacts SET data_key = NULL WHERE tenant_id = ${account.tenantId}`);
  const { destroyed } = await other.transaction(async (tx) => {
    await store(tx, { from: "erased", thread: "t1" });
    const ending = destroy(db);
    await awaitLockOf();
    return { destroyed: ending };
  });
  await destroyed;
  const { stored } = await other.transaction(async (tx) => {
    await store(db, { from: "erased", thread: "t2" });
    await destroy(tx);
    const storing = store(db, { from: "erased", thread: "t3", text: "After" });
    await awaitLockOf();
    return { stored: storing };
  });
  const { conversationId, hasNewKey } = await stored;
  expect(hasNewKey).toBe(true);
  expect(await readTexts(conversationId)).toEqual(["After"]);
});
