import { randomBytes } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listLines } from "../../db/conversations/list-lines.ts";
import { findConversationOwner } from "../../db/conversations/open-conversation.ts";
import { storeInbound } from "../../db/inbound/inbox.ts";
import { contacts } from "../../db/schema/contacts.ts";
import { inbox } from "../../db/schema/conversations.ts";
import { createConfiguredVault } from "../../infra/runtime/encryption/vault.ts";
import { postWhatsapp } from "../support/channels/post-whatsapp.ts";
import { eventually } from "../support/eventually.ts";
import { newMessage } from "../support/new-message.ts";
import { type TestApi, startTestApi } from "../api/v1/support/start-test-api.ts";
import { openSession, openStream, sendMessage, WEB_ENV } from "../api/web/visitor.ts";

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startTestApi({ env: WEB_ENV });
  key = await api.keyFor("main");
});
afterAll(() => api.close());

async function conversationOf(messageId: string) {
  const [row] = await api.db
    .select({
      id: inbox.conversationId,
      contactId: sql<string>`(SELECT contact_id FROM conversations c WHERE c.id = ${inbox.conversationId})`,
    })
    .from(inbox)
    .where(eq(inbox.providerMessageId, messageId));
  if (row === undefined) throw new Error(`The message ${messageId} was not stored.`);
  return row;
}

const setKey = async (contactId: string, dataKey: Buffer | null) =>
  await api.db.update(contacts).set({ dataKey }).where(eq(contacts.id, contactId));

async function linesOf(conversationId: string) {
  const { status, body } = await api.call(`GET /v1/conversations/${conversationId}/messages`, { key });
  return { status, lines: body["data"] as unknown as { text: string | null; erased: boolean }[] };
}

const smsFrom = () => `+1555${String(randomBytes(4).readUInt32BE() % 10_000_000).padStart(7, "0")}`;

it.each([
  ["destroyed", Buffer.from([0])],
  ["removed", null],
  [
    "wrapped by a master key that is missing",
    Buffer.concat([Buffer.from([2]), Buffer.from("k2"), randomBytes(60)]),
  ],
])(
  "a message of a contact whose key was %s is readable at once, and every list shows the rest as erased",
  async (_name, dataKey) => {
    const from = smsFrom();
    const first = await api.sendSms({ from, text: "Before" });
    const { id, contactId } = await conversationOf(first.sid);
    await setKey(contactId, dataKey);
    const unread = await api.call(`GET /v1/contacts/${contactId}`, { key });
    expect([unread.status, unread.body["address"], unread.body["erased"]]).toEqual([200, null, true]);
    expect((await api.call("GET /v1/contacts", { key })).status).toBe(200);
    expect(await linesOf(id)).toMatchObject({ status: 200, lines: [{ text: null, erased: true }] });

    // No process has restarted, and no cache has expired.
    const second = await api.sendSms({ from, text: "After" });
    expect(second.response.status).toBe(200);
    expect((await conversationOf(second.sid)).contactId).toBe(contactId);
    expect((await linesOf(id)).lines).toMatchObject([
      { text: null, erased: true },
      { text: "After", erased: false },
    ]);
    const read = await api.call(`GET /v1/contacts/${contactId}`, { key });
    expect(read.body).toMatchObject({ address: from, erased: false, key_renewed_at: expect.any(String) });
  },
);

it("texts that were sealed under a missing master key are readable again when the key comes back", async () => {
  const other = createConfiguredVault({
    PARLEY_ENCRYPTION_KEYS: [{ id: "k2", key: randomBytes(32) }, ...api.config.PARLEY_ENCRYPTION_KEYS],
    PARLEY_HASH_KEY: api.config.PARLEY_HASH_KEY,
  });
  const account = { tenantId: "main", channel: "webhook", accountId: "main" };
  const send = async (vault: TestApi["vault"], text: string) =>
    await storeInbound(api.db, vault, newMessage(account, { from: "both-keys", text }));
  const { conversationId } = await send(other, "With the key k2");
  expect(await send(api.vault, "Without the key k2")).toMatchObject({ conversationId, hasNewKey: true });
  const owner = await findConversationOwner(api.db, "main", conversationId);
  const page = { limit: 10, keysetBefore: null };
  const read = async (vault: TestApi["vault"]) =>
    (await listLines(api.db, vault, owner, page)).rows.map(({ text }) => text);
  expect(await read(api.vault)).toEqual([null, "Without the key k2"]);
  expect(await read(other)).toEqual(["With the key k2", "Without the key k2"]);
});

it("one erased contact of a batch does not make the vendor deliver the batch again", async () => {
  const [erased, well] = ["15550170001", "15550170002"];
  const texts = (suffix: string) => ({
    messages: [erased, well].map((from) => ({
      id: `wamid.${from}${suffix}`,
      from,
      timestamp: String(Math.floor(Date.now() / 1000)),
      type: "text",
      text: { body: `Hello ${suffix}` },
    })),
  });
  expect((await postWhatsapp(api, texts("a"))).status).toBe(200);
  const { contactId } = await conversationOf(`wamid.${erased}a`);
  await setKey(contactId, null);
  expect((await postWhatsapp(api, texts("b"))).status).toBe(200);
  for (const from of [erased, well]) {
    const { id } = await conversationOf(`wamid.${from}b`);
    expect((await linesOf(id)).lines.at(-1)).toMatchObject({ text: "Hello b", erased: false });
  }
});

it("an open stream goes on after the visitor's key was destroyed, and shows the next message", async () => {
  const session = await openSession(api.url);
  const first = await sendMessage(api.url, session, "Before");
  const stream = await openStream(api.url, session);
  await eventually("the first message", async () =>
    stream.received.events.some(({ data }) => data["id"] === first.id),
  );
  const { rows } = await api.db.execute<{ contact_id: string }>(
    sql`SELECT contact_id FROM conversations WHERE id = ${session.conversation_id}`,
  );
  await setKey(rows[0]?.contact_id ?? "", null);
  const second = await sendMessage(api.url, session, "After");
  expect(second.status).toBe(202);
  const shown = await eventually("the second message", async () =>
    stream.received.events.find(({ data }) => data["id"] === second.id),
  );
  expect(shown.data["text"]).toBe("After");
  const reloaded = await openStream(api.url, session);
  const erased = await eventually("the first message again", async () =>
    reloaded.received.events.find(({ data }) => data["id"] === first.id),
  );
  expect(erased.data).toMatchObject({ text: null, erased: true });
});

it("a reply of an agent to an erased contact is refused with the reason", async () => {
  const { sid } = await api.sendSms({ from: smsFrom(), text: "An agent, please" });
  const { id, contactId } = await conversationOf(sid);
  await api.call(`POST /v1/conversations/${id}/take-over`, { key, body: { agent: "dana" } });
  await setKey(contactId, null);
  const refused = await api.call(`POST /v1/conversations/${id}/replies`, {
    key,
    body: { agent: "dana", text: "Hello" },
    headers: { "idempotency-key": "erased-1" },
  });
  expect([refused.status, refused.body["code"]]).toEqual([409, "contact_erased"]);
});

it("a message that is stored while a key is destroyed is either erased with it or readable after it", async () => {
  const from = smsFrom();
  const { sid } = await api.sendSms({ from, text: "Before" });
  const { id, contactId } = await conversationOf(sid);
  let sending: Promise<{ sid: string; response: Response }> | undefined;
  await api.db.transaction(async (tx) => {
    await tx.update(contacts).set({ dataKey: null }).where(eq(contacts.id, contactId));
    sending = api.sendSms({ from, text: "Meanwhile" });
    await eventually("a message that waits for the end of the key", async () => {
      const { rows } = await tx.execute<{ waiting: number }>(
        sql`SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return (rows[0]?.waiting ?? 0) > 0;
    });
  });
  expect((await sending)?.response.status).toBe(200);
  expect((await linesOf(id)).lines.at(-1)).toEqual(
    expect.objectContaining({ text: "Meanwhile", erased: false }),
  );
});
