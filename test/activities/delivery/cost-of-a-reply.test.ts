import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { OutboundChannel } from "../../../activities/channels/channel.ts";
import { createWebhookChannel } from "../../../activities/channels/webhook.ts";
import { createDeliver } from "../../../activities/deliver.ts";
import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import { egressTo } from "../../support/channels/samples.ts";
import { openDatabase, type OpenDatabase } from "../../support/open-database.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { seedReply } from "../../support/activities/seed-reply.ts";

const URL = "http://vendor.test";

let opened: OpenDatabase;
let db: Database;
let statements: string[] = [];
beforeAll(async () => {
  opened = await openDatabase("cost_of_reply");
  db = connectPostgres({
    url: opened.url,
    maxConnections: 2,
    applicationName: "test",
    onError: () => undefined,
  });
  db.$client.on("connect", recordStatements);
});
afterAll(async () => {
  await db.$client.end();
  await opened.close();
});

function recordStatements(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  client.query = ((...given: unknown[]) => {
    const [statement] = given;
    statements.push(typeof statement === "string" ? statement : (statement as { text: string }).text);
    return query(...given);
  }) as typeof client.query;
}

async function deliverReply(texts: readonly string[]): Promise<string[]> {
  const webhook: OutboundChannel = {
    ...createWebhookChannel({ egress: egressTo(URL), now: () => new Date(), random: () => 0 }),
    send: async ({ text }) => ({ kind: "accepted", providerId: text }),
  };
  const { scope } = await seedReply(opened.db, opened.vault, { address: URL, texts });
  const deliver = createDeliver({
    db,
    vault: opened.vault,
    channels: { webhook },
    sendRates: { take: async () => 0 },
    outages: { holdMs: () => 0 },
  });
  statements = [];
  const result = await runActivity(() => deliver({ turnId: scope.turnId }));
  expect(result).toEqual({ outcome: "answered", reason: null, more: false });
  return statements.map((text) => /^\s*(\w+ ?\w*)/.exec(text)?.[1]?.trim().toLowerCase() ?? text);
}

const GATE = ["begin", "select lock_gate_facts", "update", "commit"];
const LAST_ACCEPTANCE = "with updated";

it("an ordinary reply costs six statements, two of which commit", async () => {
  expect(await deliverReply(["An answer."])).toEqual(["select", ...GATE, LAST_ACCEPTANCE]);
});

it("each further part costs its gate, its acceptance, and the questions for its account and its receipts", async () => {
  expect(await deliverReply(["One.", "Two."])).toEqual([
    "select",
    ...GATE,
    "with updated",
    "update",
    "with updated",
    ...GATE,
    LAST_ACCEPTANCE,
  ]);
});
