import { randomBytes } from "node:crypto";
import { createWebChannel } from "../../../activities/channels/web.ts";
import { upsertAccount, upsertTenant } from "../../../db/accounts.ts";
import { openConversation } from "../../../db/contacts.ts";
import { connectPostgres } from "../../../db/postgres.ts";
import { readStream } from "../../../db/web-stream.ts";
import { silentProgress } from "../../../infra/dev/progress.ts";
import { createSessionTokens } from "../../../infra/runtime/session-token.ts";
import { configuredVault } from "../../../infra/runtime/vault.ts";
import { openEmptyDatabase } from "../../support/empty-database.ts";
import type { ChannelKit, Happening, SentText, Vendor } from "../channel-kit.ts";
import { kitAccount } from "./kit-samples.ts";
import { masterKey, webInbound, type WebStores } from "./web-inbound.ts";

const VISITOR = "visitor-17";
const NO_VENDOR =
  "There is no vendor that could refuse: a send is a row in our own PostgreSQL, and while that is away it is tried again.";
const SESSION_MS = 10 * 60_000;
const ACCOUNT = kitAccount({ channel: "web", sender: "https://shop.example", outbound: "" });
const keyOf = (letter: string) => letter.repeat(32);

interface Desk extends WebStores {
  owner: Awaited<ReturnType<typeof openConversation>> & { tenantId: string };
  /** What the page was told beside the rows; the next one is lost where a check says so. */
  signals: string[];
  isLost: boolean;
  close(): Promise<void>;
}

/** Web chat: sessions, the visitor's routes and the stream that the page reads, on a database of the kit's own. */
export function createWebKit(): ChannelKit {
  let opened: Desk | undefined;
  const desk = () => {
    if (opened === undefined) throw new Error("The kit's database is not open.");
    return opened;
  };
  return {
    name: "web",
    inbound: webInbound(desk),
    createOutbound: () =>
      createWebChannel({
        ...desk(),
        async notify(_conversation, signal) {
          if (desk().isLost) {
            desk().isLost = false;
            throw new Error("The process ended between the row and its answer.");
          }
          desk().signals.push(signal);
        },
      }),
    accountAt: () => ACCOUNT,
    secrets: { current: keyOf("a"), previous: keyOf("b"), foreign: keyOf("c") },
    person: VISITOR,
    requestOf([happening], { secret, at }) {
      const { conversationId } = desk().owner;
      const { tenantId, accountId } = ACCOUNT;
      const session = { tenantId, accountId, conversationId, visitor: VISITOR };
      const expiresAt = new Date(Date.now() + SESSION_MS);
      const token = createSessionTokens([masterKey(secret)]).sign({ ...session, expiresAt });
      const { path, body } = postOf(happening);
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
        time: "A session token bears the moment at which it ends, and the client's message id stops a replay.",
        url: "A session token bears its conversation: it opens no other.",
        once: "Of two Authorization headers Node's HTTP server keeps the first.",
      },
    },
    changes: [],
    receiptWords: [
      { word: "delivered", state: "delivered" },
      { word: "read", state: "read" },
    ],
    openVendor: async () => await openPage(desk()),
    errors: [],
    notOffered: {
      batch: "A page posts one message at a time.",
      reconcile: "A send under the same delivery id changes nothing, so it is repeated and not asked for.",
      window: "Web chat has no reply window: the page shows the answer when it is opened again.",
      errors: NO_VENDOR,
    },
    async open() {
      opened = await openDesk();
    },
    async close() {
      await opened?.close();
    },
  };
}

async function openDesk(): Promise<Desk> {
  const database = await openEmptyDatabase(process.env["DATABASE_URL"], silentProgress);
  const keys = [{ id: "kit", key: randomBytes(32) }];
  const vault = configuredVault({ PARLEY_ENCRYPTION_KEYS: keys, PARLEY_HASH_KEY: randomBytes(32) });
  const db = connectPostgres({
    url: database.url,
    maxConnections: 2,
    applicationName: "kit",
    onError: () => undefined,
  });
  const { tenantId, channel, accountId } = ACCOUNT;
  await upsertTenant(db, { id: tenantId, businessName: "kit", dailyBudgetUsd: 1 });
  await upsertAccount(db, vault, ACCOUNT);
  const person = { tenantId, channel, accountId, address: VISITOR, thread: "" };
  const owner = { ...(await openConversation(db, vault, person)), tenantId };
  const close = async () => {
    await db.$client.end();
    await database.close();
  };
  return { db, vault, owner, signals: [], isLost: false, close };
}

/** The page as the vendor's other end: it shows what was written since it was opened. */
async function openPage(desk: Desk): Promise<Vendor> {
  const { db, vault, owner, signals } = desk;
  const read = async (after: number) => await readStream(db, vault, owner, { after, limit: 10_000 });
  const since = (await read(0)).at(-1)?.seq ?? 0;
  const before = signals.length;
  return {
    url: "http://127.0.0.1:1",
    script() {
      desk.isLost = true;
    },
    calls: () => signals.slice(before).map((path) => ({ path, told: 200 })),
    conversationId: owner.conversationId,
    sent: async () =>
      (await read(since)).flatMap((event): SentText[] =>
        event.kind === "reply" ? [{ providerId: event.id, text: event.text }] : [],
      ),
    close: async () => undefined,
  };
}

function postOf(happening: Happening | undefined): { path: string; body: object } {
  if (happening?.kind === "receipt")
    return { path: "receipts", body: { state: happening.word, through_seq: Number.MAX_SAFE_INTEGER } };
  if (happening?.kind !== "message") throw new Error("A page posts messages and what it has shown.");
  const id = `00000000-0000-4000-8000-${String(happening.number).padStart(12, "0")}`;
  return { path: "messages", body: { id, text: happening.text } };
}
