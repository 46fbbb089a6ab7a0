import { expect, it } from "vitest";
import type { Database } from "../../../../db/connection/postgres.ts";
import { loadConfig } from "../../../../infra/runtime/config/config.ts";
import { EVERY_CHANNEL } from "../../../support/channels/channel-samples.ts";
import { doHarnessDeed } from "./harness-deeds.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");

it("the harness reports the last receipt first and ends with another, so that a receipt that replaces any other one is found", async () => {
  const config = loadConfig({
    ...EVERY_CHANNEL,
    DATABASE_URL: "postgres://db.test/parley",
    OPENAI_API_KEY: "key",
    PINECONE_API_KEY: "key",
    PARLEY_ENCRYPTION_KEYS: `k1:${KEY}`,
    PARLEY_HASH_KEY: KEY,
  });
  const reported: string[] = [];
  const db = { execute: async () => ({ rows: [{ isOpen: false, id: "wamid.1" }] }) } as unknown as Database;
  const options = {
    config,
    db: () => db,
    async post({ body }: { body: unknown }) {
      reported.push(/"status":"(\w+)"/.exec(String(body))?.[1] ?? "");
      return 200;
    },
  };
  await doHarnessDeed(options, "report_receipts", { channel: "whatsapp", providerMessageId: "m" });
  expect(reported[0]).toBe("read");
  expect(reported.at(-1)).not.toBe("read");
});
