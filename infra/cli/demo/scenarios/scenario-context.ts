import { randomInt, randomUUID } from "node:crypto";
import type { ChannelName } from "../../../../db/tenants/channel-account.ts";
import { type MessageOutcomeRow, findMessageOutcomes } from "../../../../db/inbound/message-outcomes.ts";
import type { Database } from "../../../../db/connection/postgres.ts";
import { hasWebhook } from "../../../channels/registry.ts";
import { UserError } from "../../../runtime/errors.ts";
import type { FakeUrls } from "../../../sandbox/vendor-settings.ts";
import type { Config } from "../../../runtime/config/config.ts";
import { createReceivers, type Received } from "../receivers.ts";
import { type Offered, sendMessage } from "../send-message.ts";
import type { ContactMessage } from "../../../sandbox/fakes/contacts/fake-contacts.ts";
import { findContacts } from "../contacts.ts";
import { createWebPages } from "../web-pages.ts";

export type Contact = Pick<ContactMessage, "channel" | "from">;

/** The tools of a scenario: contacts who write, the replies that they receive, and an agent who uses the REST API. */
export interface ScenarioContext {
  /** A new contact. */
  createContact(channel: ChannelName): Promise<Contact>;
  sendText(contact: Contact, text: string): Promise<Offered>;
  /** The final state of a message. */
  waitForOutcome(offered: Offered): Promise<MessageOutcomeRow>;
  /** The replies to a contact: waits for `count`, and returns fewer after the time limit. */
  waitForReplies(contact: Contact, count: number): Promise<string[]>;
  /** `path` is the part after /v1. */
  post(path: string, body: object): Promise<void>;
  close(): void;
}

export interface ScenarioOptions {
  config: Config;
  db: Database;
  urls: FakeUrls;
  apiKey: string;
}

/** A step that takes longer has failed. A web page may read a reply 15 s late (see `exchange.ts`). */
const TIMEOUT_MS = 20_000;

export function openScenario({ config, db, urls, apiKey }: ScenarioOptions): ScenarioContext {
  const pages = createWebPages(config);
  const receivers = createReceivers(urls, pages);
  const received: Received[] = [];
  return {
    async createContact(channel) {
      const from = findContacts(channel).createAddress(randomInt(100_000, 1_000_000));
      if (!hasWebhook(channel)) await pages.open([from]);
      return { channel, from };
    },
    sendText: async (contact, text) => await sendMessage(config, { ...contact, text }),
    waitForOutcome: async ({ providerMessageId }) =>
      await until("the end of a message", async () => {
        const [row] = await findMessageOutcomes(db, [providerMessageId]);
        return row !== undefined && !["pending", "in_turn"].includes(row.state) ? row : null;
      }),
    waitForReplies: async ({ channel, from }, count) =>
      await until(`${count} texts`, async (isLast) => {
        received.push(...(await receivers.pollNew()));
        const theirs = received.filter((item) => item.channel === channel && item.to === from);
        return theirs.length >= count || isLast ? theirs.map(({ text }) => text) : null;
      }),
    post: async (path, body) => await postAs(apiKey, `${config.PUBLIC_BASE_URL}/v1${path}`, body),
    close: () => pages.close(),
  };
}

async function postAs(key: string, url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "idempotency-key": `"${randomUUID()}"`,
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new UserError(`${url} responded with ${response.status} ${await response.text()}`);
}

async function until<T>(what: string, look: (isLast: boolean) => Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + TIMEOUT_MS; ;) {
    const isLast = Date.now() > deadline;
    const found = await look(isLast);
    if (found !== null) return found;
    if (isLast) throw new UserError(`Waited ${TIMEOUT_MS / 1000} s for ${what}.`);
    await new Promise((again) => setTimeout(again, 100));
  }
}
