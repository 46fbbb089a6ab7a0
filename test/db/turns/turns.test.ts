import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import type { NewInbound } from "../../../db/inbound/new-inbound.ts";
import { storeMessageChange } from "../../../db/inbound/message-changes.ts";
import type { Cursor } from "../../../db/connection/page.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import { acquireLoneMessage, acquireTurn, findInboxRow } from "../../../db/turns/acquire-turn.ts";
import { finishTurn } from "../../../db/turns/finish-turn.ts";
import { findLongRunningTurns, markIdleOwners } from "../../../db/turns/unstarted-messages.ts";
import { eventually } from "../../support/eventually.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const MAIN = { tenantId: "main", channel: "webhook", accountId: "main" };
const QUIET = { capMs: 3_000, capMessages: 20 };
let opened: OpenDatabase;
let db: Database;

beforeAll(async () => {
  opened = await openDatabase("turns");
  ({ db } = opened);
});
afterAll(() => opened.close());

async function acquireTestTurn() {
  const message = newMessage(MAIN, { from: randomUUID() });
  await storeInbound(db, opened.vault, message);
  const acquisition = await acquireTurn(db, await findInboxRow(db, message), QUIET);
  if (acquisition.kind !== "acquired") throw new Error(`The turn was not acquired but ${acquisition.kind}.`);
  return acquisition;
}

const readTurnOwner = async (conversationId: string) =>
  (await db.execute(sql`SELECT turn_owner FROM conversations WHERE id = ${conversationId}`)).rows[0]?.[
    "turn_owner"
  ];

describe("finishTurn", () => {
  it("gives the turn back once, and says the same when it is called again", async () => {
    const { turnId, conversationId } = await acquireTestTurn();
    const end = { turnId, outcome: "answered", reason: null } as const;
    const finished = { outcome: "answered", reason: null, more: false };
    expect(await finishTurn(db, end)).toEqual(finished);
    expect(await finishTurn(db, end)).toEqual(finished);
    expect(await readTurnOwner(conversationId)).toBe(null);
  });

  it("finishTurn lets a superseded message wait for the next turn, unless the contact deleted it during the turn", async () => {
    for (const [isDeleted, expected] of [
      [false, { state: "pending", reason: null, turnId: null }],
      [true, { state: "suppressed", reason: "taken_back", turnId: null }],
    ] as const) {
      const message = newMessage(MAIN, { from: randomUUID() });
      await storeInbound(db, opened.vault, message);
      const acquisition = await acquireTurn(db, await findInboxRow(db, message), QUIET);
      if (acquisition.kind !== "acquired") throw new Error("The turn was not acquired.");
      const change = { ...MAIN, changeId: randomUUID(), from: message.from, thread: "", providerTime: null };
      const target = { targetMessageId: message.providerMessageId, kind: "delete", text: "" } as const;
      if (isDeleted) await storeMessageChange(db, opened.vault, { ...change, ...target });
      await finishTurn(db, { turnId: acquisition.turnId, outcome: "superseded", reason: "newer_message" });
      expect(await findInboxRow(db, message)).toMatchObject(expected);
    }
  });

  it("finishTurn does not change the next turn owner when another attempt ended the turn first", async () => {
    const { turnId, conversationId } = await acquireTestTurn();
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
    await rival.query("UPDATE turns SET state = 'closed', outcome = 'answered' WHERE id = $1", [turnId]);
    await rival.query("UPDATE conversations SET turn_owner = 'msg:next' WHERE id = $1", [conversationId]);
    await rival.query("COMMIT");
    await rival.end();
    expect(await late).toMatchObject({ more: false });
    expect(await readTurnOwner(conversationId)).toBe("msg:next");
  });

  it("the sweeper finds a turn owner during its turn and between two turns, and not after its release", async () => {
    const from = randomUUID();
    const [first, second] = [newMessage(MAIN, { from }), newMessage(MAIN, { from })];
    await storeInbound(db, opened.vault, first);
    const own = await findInboxRow(db, first);
    const countListed = async () =>
      (await findLongRunningTurns(db, { olderThanMs: 0, limit: 1_000, keysetBefore: null })).filter(
        ({ workflowId }) => workflowId === own.workflowId,
      ).length;
    const acquire = async () => {
      const acquisition = await acquireTurn(db, own, QUIET);
      if (acquisition.kind !== "acquired") throw new Error("The turn was not acquired.");
      return acquisition.turnId;
    };
    const turnId = await acquire();
    expect(await countListed()).toBe(1);
    await storeInbound(db, opened.vault, second);
    expect(await finishTurn(db, { turnId, outcome: "answered", reason: null })).toMatchObject({ more: true });
    expect(await countListed()).toBe(1);
    const next = await acquire();
    expect(await countListed()).toBe(1);
    await finishTurn(db, { turnId: next, outcome: "answered", reason: null });
    expect(await countListed()).toBe(0);
  });
});

describe("markIdleOwners", () => {
  const page = { olderThanMs: 0, limit: 1_000, keysetBefore: null };

  /** A conversation with a turn, and a message that has to wait for its turn owner. */
  async function storeWhileOwned() {
    const from = randomUUID();
    const first = newMessage(MAIN, { from });
    await storeInbound(db, opened.vault, first);
    const acquisition = await acquireLoneMessage(db, first);
    if (acquisition === null) throw new Error("The turn was not acquired.");
    await storeInbound(db, opened.vault, newMessage(MAIN, { from }));
    return { ...acquisition, workflowId: first.workflowId };
  }

  const isListed = async (workflowId: string) =>
    (await findLongRunningTurns(db, page)).some((row) => row.workflowId === workflowId);

  it("an owner without a turn that a step forgot to mark is marked, and the sweeper finds it", async () => {
    const { turnId, conversationId, workflowId } = await storeWhileOwned();
    await finishTurn(db, { turnId, outcome: "answered", reason: null });
    await db.execute(sql`UPDATE conversations SET owner_idle_since = NULL WHERE id = ${conversationId}`);
    expect(await isListed(workflowId)).toBe(false);
    expect((await markIdleOwners(db, page)).marked).toContain(workflowId);
    expect(await isListed(workflowId)).toBe(true);
    expect((await markIdleOwners(db, page)).marked).not.toContain(workflowId);
  });

  it("an owner with an open turn is not marked, and neither is a conversation without an owner", async () => {
    const { turnId, workflowId, conversationId } = await storeWhileOwned();
    expect((await markIdleOwners(db, page)).marked).not.toContain(workflowId);
    await finishTurn(db, { turnId, outcome: "superseded", reason: "newer_message" });
    await db.execute(
      sql`UPDATE conversations SET owner_idle_since = NULL, turn_owner = NULL WHERE id = ${conversationId}`,
    );
    await markIdleOwners(db, page);
    const { rows } = await db.execute(
      sql`SELECT owner_idle_since FROM conversations WHERE id = ${conversationId}`,
    );
    expect(rows).toEqual([{ owner_idle_since: null }]);
  });

  it("all pages of the messages that wait are seen, and the last one has no next page", async () => {
    const owners = [await storeWhileOwned(), await storeWhileOwned(), await storeWhileOwned()];
    for (const { turnId, conversationId } of owners) {
      await finishTurn(db, { turnId, outcome: "answered", reason: null });
      await db.execute(sql`UPDATE conversations SET owner_idle_since = NULL WHERE id = ${conversationId}`);
    }
    const marked: string[] = [];
    let keysetBefore: Cursor | null = null;
    do {
      const seen = await markIdleOwners(db, { ...page, limit: 1, keysetBefore });
      marked.push(...seen.marked);
      keysetBefore = seen.next;
    } while (keysetBefore !== null);
    expect(marked).toEqual(expect.arrayContaining(owners.map(({ workflowId }) => workflowId)));
  });
});

describe("acquireLoneMessage", () => {
  /** The acquisition of a message that waits for the lock of its conversation while another transaction makes this change. */
  async function acquireAfter(change: (message: NewInbound, conversationId: string) => string[]) {
    const message = newMessage(MAIN, { from: randomUUID() });
    const { conversationId } = await storeInbound(db, opened.vault, message);
    const rival = new pg.Client({ connectionString: opened.url });
    await rival.connect();
    await rival.query("BEGIN");
    await rival.query("SELECT FROM conversations WHERE id = $1 FOR UPDATE", [conversationId]);
    const acquiring = acquireLoneMessage(db, message);
    await eventually("the wait for the lock", async () => {
      const { rows } = await db.execute(sql`SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%free AS MATERIALIZED%'`);
      return rows.length > 0;
    });
    for (const statement of change(message, conversationId)) await rival.query(statement);
    await rival.query("COMMIT");
    await rival.end();
    return { message, conversationId, acquisition: await acquiring };
  }

  it("acquires the turn of a message that waits alone, and leaves a repeated attempt to acquireTurn", async () => {
    const message = newMessage(MAIN, { from: randomUUID() });
    const { conversationId } = await storeInbound(db, opened.vault, message);
    const acquisition = await acquireLoneMessage(db, message);
    expect(acquisition).toMatchObject({ kind: "acquired", conversationId, messages: 1 });
    expect(await readTurnOwner(conversationId)).toBe(message.workflowId);
    expect(await findInboxRow(db, message)).toMatchObject({ state: "in_turn", turnId: acquisition?.turnId });
    expect(await acquireLoneMessage(db, message)).toBeNull();
    expect(await acquireTurn(db, await findInboxRow(db, message), QUIET)).toMatchObject({
      kind: "acquired",
      turnId: acquisition?.turnId,
    });
  });

  it("acquires nothing where another message waits too", async () => {
    const message = newMessage(MAIN, { from: randomUUID() });
    await storeInbound(db, opened.vault, message);
    const { conversationId } = await storeInbound(db, opened.vault, newMessage(MAIN, { from: message.from }));
    expect(await acquireLoneMessage(db, message)).toBeNull();
    expect(await readTurnOwner(conversationId)).toBeNull();
  });

  it("acquires nothing where another workflow became the turn owner during the wait for the lock", async () => {
    const { acquisition, conversationId, message } = await acquireAfter((_, id) => [
      `UPDATE conversations SET turn_owner = 'msg:other' WHERE id = '${id}'`,
    ]);
    expect(acquisition).toBeNull();
    expect(await readTurnOwner(conversationId)).toBe("msg:other");
    expect(await findInboxRow(db, message)).toMatchObject({ state: "pending", turnId: null });
  });

  it("acquires nothing where the contact took the message back during the wait for the lock", async () => {
    const { acquisition, conversationId, message } = await acquireAfter(({ workflowId }) => [
      `UPDATE inbox SET state = 'suppressed', reason = 'taken_back' WHERE workflow_id = '${workflowId}'`,
    ]);
    expect(acquisition).toBeNull();
    expect(await readTurnOwner(conversationId)).toBeNull();
    expect(await findInboxRow(db, message)).toMatchObject({ state: "suppressed", turnId: null });
    const { rows } = await db.execute(sql`SELECT FROM turns WHERE conversation_id = ${conversationId}`);
    expect(rows).toEqual([]);
  });

  it("becomes the turn owner also where the conversation changed during the wait for the lock", async () => {
    const { acquisition, conversationId, message } = await acquireAfter((_, id) => [
      `UPDATE conversations SET next_seq = next_seq + 1 WHERE id = '${id}'`,
    ]);
    expect(acquisition).toMatchObject({ kind: "acquired" });
    expect(await readTurnOwner(conversationId)).toBe(message.workflowId);
  });
});
