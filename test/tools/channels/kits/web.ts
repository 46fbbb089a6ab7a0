import { randomBytes } from "node:crypto";
import { createWebChannel } from "../../../../activities/channels/web.ts";
import { upsertAccount, upsertTenant } from "../../../../db/tenants/seed.ts";
import { openConversation } from "../../../../db/conversations/open-conversation.ts";
import { connectPostgres } from "../../../../db/connection/postgres.ts";
import { readStream } from "../../../../db/web/stream.ts";
import { silentProgress } from "../../../../infra/sandbox/progress.ts";
import { createSessionTokens } from "../../../../infra/runtime/encryption/session-token.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import { openEmptyDatabase } from "../../../support/empty-database.ts";
import type { ChannelKit, VendorEvent, SentText, VendorFake } from "../channel-kit.ts";
import { kitAccount } from "./kit-samples.ts";
import { masterKey, webInbound, type WebStores } from "./web-inbound.ts";

const VISITOR = "visitor-17";
const NO_VENDOR =
  "There is no vendor that could refuse: a send is a row in our own PostgreSQL, and while that is unavailable it is retried.";
const SESSION_MS = 10 * 60_000;
const ACCOUNT = kitAccount({ channel: "web", address: "https://shop.example", outbound: "" });
const keyOf = (letter: string) => letter.repeat(32);

interface WebFixture extends WebStores {
  owner: Awaited<ReturnType<typeof openConversation>> & { tenantId: string };
  /** The wake-ups of the page. A check may let the next one be lost. */
  signals: string[];
  losesNextSignal: boolean;
  close(): Promise<void>;
}

/** Web chat: sessions, the visitor's routes and the stream that the page reads, on a database of the kit's own. */
export function createWebKit(): ChannelKit {
  let openFixture: WebFixture | undefined;
  const getFixture = () => {
    if (openFixture === undefined) throw new Error("The kit's database is not open.");
    return openFixture;
  };
  return {
    name: "web",
    inbound: webInbound(getFixture),
    createOutbound: () =>
      createWebChannel({
        ...getFixture(),
        async notify(_conversation, signal) {
          if (getFixture().losesNextSignal) {
            getFixture().losesNextSignal = false;
            throw new Error("The process ended between the row and its answer.");
          }
          getFixture().signals.push(signal);
        },
      }),
    accountAt: () => ACCOUNT,
    secrets: { current: keyOf("a"), previous: keyOf("b"), foreign: keyOf("c") },
    contactAddress: VISITOR,
    requestOf([vendorEvent], { secret, at }) {
      const { conversationId } = getFixture().owner;
      const { tenantId, accountId } = ACCOUNT;
      const session = { tenantId, accountId, conversationId, visitor: VISITOR };
      const expiresAt = new Date(Date.now() + SESSION_MS);
      const token = createSessionTokens([masterKey(secret)]).sign({ ...session, expiresAt });
      const { path, body } = postOf(vendorEvent);
      return {
        url: `https://parley.example/conversations/${conversationId}/${path}`,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        rawBody: Buffer.from(JSON.stringify(body)),
        receivedAt: at,
      };
    },
    signature: {
      headers: ["authorization"],
      covers: {
        body: "A session token says who speaks and where; TLS guards the words.",
        time: "A session token has its own end, and the client's message id stops a replay.",
        url: "A session token bears its conversation: it opens no other.",
        once: "Of two Authorization headers Node's HTTP server keeps the first.",
      },
    },
    changes: [],
    receiptStatuses: [
      { vendorStatus: "delivered", state: "delivered" },
      { vendorStatus: "read", state: "read" },
    ],
    openVendorFake: async () => await openPage(getFixture()),
    errors: [],
    notOffered: {
      batch: "A page posts one message at a time.",
      reconcile: "A send under the same delivery id changes nothing, so it is repeated and not asked for.",
      window: "Web chat has no reply window: the page shows the answer when it is opened again.",
      errors: NO_VENDOR,
    },
    async open() {
      openFixture = await openWebFixture();
    },
    async close() {
      await openFixture?.close();
    },
  };
}

async function openWebFixture(): Promise<WebFixture> {
  const database = await openEmptyDatabase(process.env["DATABASE_URL"], silentProgress);
  const keys = [{ id: "kit", key: randomBytes(32) }];
  const vault = createConfiguredVault({ PARLEY_ENCRYPTION_KEYS: keys, PARLEY_HASH_KEY: randomBytes(32) });
  const db = connectPostgres({
    url: database.url,
    maxConnections: 2,
    applicationName: "kit",
    onError: () => undefined,
  });
  const { tenantId, channel, accountId } = ACCOUNT;
  await upsertTenant(db, { id: tenantId, businessName: "kit", dailyBudgetUsd: 1 });
  await upsertAccount(db, vault, ACCOUNT);
  const contact = { tenantId, channel, accountId, address: VISITOR, thread: "" };
  const owner = { ...(await openConversation(db, vault, contact)), tenantId };
  const close = async () => {
    await db.$client.end();
    await database.close();
  };
  return { db, vault, owner, signals: [], losesNextSignal: false, close };
}

/** The page as the vendor's other end: it shows what was written since it was opened. */
async function openPage(getFixture: WebFixture): Promise<VendorFake> {
  const { db, vault, owner, signals } = getFixture;
  const read = async (after: number) => await readStream(db, vault, owner, { after, limit: 10_000 });
  const since = (await read(0)).at(-1)?.seq ?? 0;
  const before = signals.length;
  return {
    url: "http://127.0.0.1:1",
    scriptFault() {
      getFixture.losesNextSignal = true;
    },
    calls: () => signals.slice(before).map((path) => ({ path, status: 200 })),
    conversationId: owner.conversationId,
    readSentTexts: async () =>
      (await read(since)).flatMap((event): SentText[] =>
        event.kind === "reply" && event.text !== null ? [{ providerId: event.id, text: event.text }] : [],
      ),
    close: async () => undefined,
  };
}

function postOf(vendorEvent: VendorEvent | undefined): { path: string; body: object } {
  if (vendorEvent?.kind === "receipt")
    return {
      path: "receipts",
      body: { state: vendorEvent.vendorStatus, through_seq: Number.MAX_SAFE_INTEGER },
    };
  if (vendorEvent?.kind !== "message") throw new Error("A page posts messages and what it has shown.");
  const id = `00000000-0000-4000-8000-${String(vendorEvent.number).padStart(12, "0")}`;
  return { path: "messages", body: { id, text: vendorEvent.text } };
}
