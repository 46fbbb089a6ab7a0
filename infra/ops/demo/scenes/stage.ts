import { randomInt, randomUUID } from "node:crypto";
import type { ChannelName } from "../../../../db/channel-account.ts";
import { type MessageOutcomeRow, outcomesOf } from "../../../../db/outcomes.ts";
import type { Database } from "../../../../db/postgres.ts";
import { StackError } from "../../../dev/stack-error.ts";
import type { StandInUrls } from "../../../dev/vendor-settings.ts";
import type { Config } from "../../../runtime/config.ts";
import { createReceivers, type Received } from "../receivers.ts";
import { type Offered, sendMessage } from "../send-message.ts";
import type { DemoMessage } from "../vendors/vendor.ts";
import { vendorOf } from "../vendors/registry.ts";
import { createWebPages } from "../web-pages.ts";

export type Person = Pick<DemoMessage, "channel" | "from">;

/** What a scene is played with: people who write, what they hear, and a colleague at the REST API. */
export interface Stage {
  /** Somebody who has never written before. */
  meet(channel: ChannelName): Promise<Person>;
  say(person: Person, text: string): Promise<Offered>;
  /** Where a message stands once nothing more happens to it. */
  endOf(offered: Offered): Promise<MessageOutcomeRow>;
  /** What a person has heard so far, or as soon as it is `count` texts. */
  heardBy(person: Person, count: number): Promise<string[]>;
  /** `path` is behind /v1. */
  post(path: string, body: object): Promise<void>;
  close(): void;
}

export interface StageOptions {
  config: Config;
  db: Database;
  urls: StandInUrls;
  apiKey: string;
}

/** Nothing in a scene takes longer, unless it went wrong. */
const PATIENCE_MS = 20_000;

export function openStage({ config, db, urls, apiKey }: StageOptions): Stage {
  const pages = createWebPages(config);
  const receivers = createReceivers(urls, pages);
  const heard: Received[] = [];
  return {
    async meet(channel) {
      const from = vendorOf(channel).person(randomInt(100_000, 1_000_000));
      if (channel === "web") await pages.open([from]);
      return { channel, from };
    },
    say: async (person, text) => await sendMessage(config, { ...person, text }),
    endOf: async ({ providerMessageId }) =>
      await until("an end of a message", async () => {
        const [row] = await outcomesOf(db, [providerMessageId]);
        return row !== undefined && !["pending", "in_turn"].includes(row.state) ? row : null;
      }),
    heardBy: async ({ channel, from }, count) =>
      await until(`${count} texts`, async (isLast) => {
        heard.push(...(await receivers.news()));
        const theirs = heard.filter((item) => item.channel === channel && item.to === from);
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
  if (!response.ok) throw new StackError(`${url} answered ${response.status} ${await response.text()}`);
}

async function until<T>(what: string, look: (isLast: boolean) => Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    const isLast = Date.now() > deadline;
    const found = await look(isLast);
    if (found !== null) return found;
    if (isLast) throw new StackError(`There was no sign of ${what} within ${PATIENCE_MS / 1000} s.`);
    await new Promise((again) => setTimeout(again, 100));
  }
}
