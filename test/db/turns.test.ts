import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { storeInbound } from "../../db/inbox.ts";
import { type Database } from "../../db/postgres.ts";
import { claimTurn, findOwnRow, finishTurn } from "../../db/turns.ts";
import { configuredVault } from "../../infra/runtime/vault.ts";
import { loadConfig } from "../../infra/runtime/config.ts";
import { eventually } from "../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../support/open-database.ts";

const QUIET = { capMs: 3_000, capMessages: 20 };
let opened: OpenDatabase;
let db: Database;

beforeAll(async () => {
  opened = await openDatabase("turns");
  ({ db } = opened);
});
afterAll(() => opened.close());

async function claimed() {
  const vault = configuredVault(loadConfig(inject("stackEnv")));
  const id = randomUUID();
  const now = new Date();
  const key = { tenantId: "main", channel: "webhook", accountId: "main", providerMessageId: id };
  const times = { providerTime: null, providerSequence: null, receivedAt: now, wakeAt: now };
  const said = { from: id, thread: "", text: "Hello", keyword: null };
  await storeInbound(db, vault, { ...key, ...times, ...said, workflowId: `msg:${id}` });
  const claim = await claimTurn(db, await findOwnRow(db, key), QUIET);
  if (claim.kind !== "claimed") throw new Error(`The turn was not claimed but ${claim.kind}.`);
  return claim;
}

const holderOf = async (conversationId: string) =>
  (await db.execute(sql`SELECT holder FROM conversations WHERE id = ${conversationId}`)).rows[0]?.["holder"];

describe("finishTurn", () => {
  it("gives the turn back once, and says the same when it is called again", async () => {
    const { turnId, conversationId } = await claimed();
    const end = { turnId, outcome: "answered", reason: null } as const;
    expect(await finishTurn(db, end)).toEqual({ more: false });
    expect(await finishTurn(db, end)).toEqual({ more: false });
    expect(await holderOf(conversationId)).toBe(null);
  });

  it("leaves the next holder alone when another attempt ended the turn while it waited for the lock", async () => {
    const { turnId, conversationId } = await claimed();
    const rival = new pg.Client({ connectionString: opened.url });
    await rival.connect();
    await rival.query("BEGIN");
    await rival.query("SELECT FROM conversations WHERE id = $1 FOR UPDATE", [conversationId]);
    const late = finishTurn(db, { turnId, outcome: "answered", reason: null });
    await eventually("the late attempt waiting", async () => {
      const { rows } = await db.execute(
        sql`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    });
    await rival.query("UPDATE turns SET state = 'closed' WHERE id = $1", [turnId]);
    await rival.query("UPDATE conversations SET holder = 'msg:next' WHERE id = $1", [conversationId]);
    await rival.query("COMMIT");
    await rival.end();
    expect(await late).toEqual({ more: false });
    expect(await holderOf(conversationId)).toBe("msg:next");
  });
});
