import { randomUUID } from "node:crypto";
import { asc, eq, sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeadLetterFilter, findDeadLetter, listDeadLetters } from "../../../db/turns/dead-letters.ts";
import { buildDeliveryRow } from "../../../db/delivery/deliveries.ts";
import { settleEventDelivery } from "../../../db/events/event-deliveries.ts";
import { createEventEndpoint, disableEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { failTurn } from "../../../db/turns/finish-turn.ts";
import { type NewInbound, storeInbound } from "../../../db/inbound/inbox.ts";
import { emitEvent, relayEvents } from "../../../db/events/outgoing-events.ts";
import type { Cursor } from "../../../db/connection/page.ts";
import { DUPLICATE_ACCEPTED, replayDeadLetter } from "../../../db/turns/replay-dead-letter.ts";
import { inbox } from "../../../db/schema/conversations.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { eventDeliveries } from "../../../db/schema/events.ts";
import { turns } from "../../../db/schema/turns.ts";
import { finishTurn, type TurnOutcome } from "../../../db/turns/finish-turn.ts";
import { keepUnstored } from "../../../db/inbound/unstored-messages.ts";
import { eventually } from "../../support/eventually.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

type State = typeof deliveries.$inferSelect.state;

const OPERATORS = 10;

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("dead_letters", { maxConnections: OPERATORS });
});
afterAll(() => opened.close());

/** A contact's message and the turn that answers it, with parts in these states; none where the step before them failed. */
async function seedReply(states: readonly State[], seeded?: SeededTurn): Promise<SeededTurn> {
  const turn = seeded ?? (await seedOne());
  const { scope } = turn;
  await opened.db.delete(deliveries).where(eq(deliveries.turnId, scope.turnId));
  const rows = states.map((state, part) => ({
    ...buildDeliveryRow(opened.vault, scope, { text: `part ${part + 1}`, part }),
    state,
    attempt: state === "intended" ? 0 : 2,
    code: state === "refused" ? "30003" : null,
  }));
  if (rows.length > 0) await opened.db.insert(deliveries).values(rows);
  await write(turn);
  return turn;
}

async function seedOne(): Promise<SeededTurn> {
  const [turn] = await seedTurns(opened.db, opened.vault, 1);
  if (turn === undefined) throw new Error("No turn was seeded.");
  return turn;
}

async function write({ scope, address }: SeededTurn): Promise<void> {
  await storeInbound(opened.db, opened.vault, messageOf(scope, address));
  await opened.db
    .update(inbox)
    .set({ state: "in_turn", turnId: scope.turnId })
    .where(eq(inbox.conversationId, scope.conversationId));
}

function messageOf(scope: SeededTurn["scope"], from: string): NewInbound {
  const now = new Date();
  const { tenantId, channel, accountId } = scope;
  return {
    tenantId,
    channel,
    accountId,
    providerMessageId: randomUUID(),
    workflowId: `msg:${randomUUID()}`,
    from,
    thread: "",
    text: "Can I return a lamp?",
    keyword: null,
    providerTime: null,
    providerSequence: null,
    receivedAt: now,
    wakeAt: now,
  };
}

const endDelivery = async ({ scope }: SeededTurn, outcome: TurnOutcome, reason: string) =>
  await finishTurn(opened.db, { turnId: scope.turnId, outcome, reason });
const letterOf = async ({ scope }: SeededTurn) =>
  await findDeadLetter(opened.db, { tenantId: scope.tenantId, id: scope.turnId });
const replay = async ({ scope }: SeededTurn, acceptDuplicates = false) =>
  await replayDeadLetter(opened.db, opened.vault, {
    tenantId: scope.tenantId,
    id: scope.turnId,
    acceptDuplicates,
  });
const readParts = async ({ scope }: SeededTurn) =>
  await opened.db
    .select()
    .from(deliveries)
    .where(eq(deliveries.turnId, scope.turnId))
    .orderBy(asc(deliveries.part));
const readMessages = async ({ scope }: SeededTurn) =>
  await opened.db.select().from(inbox).where(eq(inbox.conversationId, scope.conversationId));

describe("a reply", () => {
  it.each([
    ["failed", ["refused"], true],
    ["failed", ["intended", "intended"], true],
    ["failed", [], true],
    ["answered", ["accepted", "refused", "refused"], true],
    ["answered", ["accepted", "unknown", "accepted"], true],
    ["answered", ["accepted", "accepted"], false],
    ["answered", ["accepted", "suppressed", "refused"], false],
    ["suppressed", ["suppressed"], false],
  ] as const)(
    "a reply that ended %s with the parts %j is a dead letter: %s",
    async (outcome, states, isDead) => {
      const turn = await seedReply(states);
      expect(await letterOf(turn)).toBeNull();
      await endDelivery(turn, outcome, "refused:permanent:30003");
      const letter = await letterOf(turn);
      expect(letter !== null).toBe(isDead);
      if (!isDead) return;
      const parts = {
        parts: states.length,
        partsAccepted: states.filter((state) => state === "accepted").length,
      };
      expect(letter).toMatchObject({
        kind: "reply",
        reason: "refused:permanent:30003",
        messages: 1,
        ...parts,
      });
    },
  );

  it("a reply with a lost response is no longer a dead letter after a late receipt", async () => {
    const turn = await seedReply(["unknown"]);
    await endDelivery(turn, "answered", "unknown:response_lost");
    expect(await letterOf(turn)).not.toBeNull();
    await opened.db
      .update(deliveries)
      .set({ state: "accepted" })
      .where(eq(deliveries.turnId, turn.scope.turnId));
    expect(await letterOf(turn)).toBeNull();
  });

  it("a reply is replayed from its first part that is not accepted, with a new schedule", async () => {
    const turn = await seedReply(["accepted", "refused", "refused"]);
    await endDelivery(turn, "failed", "refused:permanent:30003");
    const [first] = await readParts(turn);
    expect(await replay(turn)).toBe("replayed");
    const after = await readParts(turn);
    expect(after[0]).toEqual(first);
    expect(after.slice(1)).toMatchObject([
      { state: "intended", attempt: 2, earlierAttempts: 2, code: null, refusal: null, nextAttemptAt: null },
      { state: "intended", attempt: 2, earlierAttempts: 2 },
    ]);
    expect(await readMessages(turn)).toMatchObject([
      { state: "in_turn", reason: null, turnId: turn.scope.turnId },
    ]);
    const [row] = await opened.db.select().from(turns).where(eq(turns.id, turn.scope.turnId));
    expect(row).toMatchObject({ state: "open", outcome: null, workflowId: `reply:${turn.scope.turnId}` });
    expect(await letterOf(turn)).toBeNull();
  });

  it("the messages of a reply that was never made go to the next turn", async () => {
    const turn = await seedReply([]);
    await failTurn(opened.db, { turnId: turn.scope.turnId, reason: "poison:unreadable" });
    expect(await readMessages(turn)).toMatchObject([{ state: "failed", reason: "poison:unreadable" }]);
    expect(await replay(turn)).toBe("replayed");
    expect(await readMessages(turn)).toMatchObject([{ state: "pending", reason: null, turnId: null }]);
    expect(await replay(turn)).toBe("already_replayed");
  });

  it("is replayed once by ten operators at once, and says so to all but one", async () => {
    const turn = await seedReply(["refused"]);
    await endDelivery(turn, "failed", "refused:permanent:30003");
    // All of them are under way before the first can write.
    const rival = new pg.Client({ connectionString: opened.url });
    await rival.connect();
    await rival.query("BEGIN");
    await rival.query("SELECT FROM turns WHERE id = $1 FOR UPDATE", [turn.scope.turnId]);
    const begun = Promise.all(Array.from({ length: OPERATORS }, async () => await replay(turn)));
    await eventually("all of them wait", async () => {
      // A transaction sees everybody's activity as it was at its first look.
      await rival.query("SELECT pg_stat_clear_snapshot()");
      const { rows } = await rival.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows.length === OPERATORS;
    });
    await rival.query("COMMIT");
    await rival.end();
    const outcomes = await begun;
    expect(outcomes.filter((outcome) => outcome === "replayed")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "already_replayed")).toHaveLength(OPERATORS - 1);
    await opened.db
      .update(deliveries)
      .set({ state: "accepted" })
      .where(eq(deliveries.turnId, turn.scope.turnId));
    await finishTurn(opened.db, { turnId: turn.scope.turnId, outcome: "answered", reason: null });
    expect(await replay(turn)).toBe("already_replayed");
  });

  it("a replayed reply that the gate stops stays a dead letter and may be replayed again", async () => {
    const turn = await seedReply(["refused"]);
    await endDelivery(turn, "failed", "refused:config:401");
    await replay(turn);
    await opened.db
      .update(deliveries)
      .set({ state: "suppressed", code: "account_paused" })
      .where(eq(deliveries.turnId, turn.scope.turnId));
    await endDelivery(turn, "suppressed", "account_paused");
    expect(await letterOf(turn)).toMatchObject({ reason: "account_paused", messages: 1 });
    expect(await replay(turn)).toBe("replayed");
    expect(await readParts(turn)).toMatchObject([{ state: "intended", code: null }]);
    expect(await readMessages(turn)).toMatchObject([{ state: "in_turn" }]);
  });

  it("a replayed reply that a newer message supersedes is no dead letter, and both messages are answered together", async () => {
    const turn = await seedReply(["intended"]);
    await endDelivery(turn, "failed", "poison:not_configured");
    await replay(turn);
    await opened.db
      .update(deliveries)
      .set({ state: "suppressed", code: "newer_message" })
      .where(eq(deliveries.turnId, turn.scope.turnId));
    await endDelivery(turn, "superseded", "newer_message");
    expect(await readMessages(turn)).toMatchObject([{ state: "pending" }]);
    expect(await letterOf(turn)).toBeNull();
    expect(await replay(turn)).toBe("already_replayed");
  });

  it("a dead letter stays one when a late attempt reaches its closed turn", async () => {
    const turn = await seedReply(["intended"]);
    await endDelivery(turn, "failed", "poison:stuck");
    await opened.db
      .update(deliveries)
      .set({ state: "suppressed", code: "turn_closed" })
      .where(eq(deliveries.turnId, turn.scope.turnId));
    expect(await replay(turn)).toBe("replayed");
    expect(await readParts(turn)).toMatchObject([{ state: "intended", code: null }]);
  });

  it("a reply with a lost response is reconciled first, and is sent twice only if an operator allows it", async () => {
    const careful = await seedReply(["unknown"]);
    const bold = await seedReply(["unknown"]);
    for (const turn of [careful, bold]) await endDelivery(turn, "answered", "unknown:response_lost");
    await replay(careful);
    await replay(bold, true);
    const parts = [...(await readParts(careful)), ...(await readParts(bold))];
    expect(parts).toMatchObject([
      { state: "sending", code: null },
      { state: "sending", code: DUPLICATE_ACCEPTED },
    ]);
    // No process is sending it now, so there is no need to wait for it.
    for (const part of parts) expect(part.nextAttemptAt?.getTime()).toBeGreaterThan(part.updatedAt.getTime());
  });

  it("a reply of another tenant, or one that is no dead letter, is not found", async () => {
    const turn = await seedReply(["refused"]);
    const request = { id: turn.scope.turnId, acceptDuplicates: false };
    expect(await replay(turn)).toBe("not_found");
    await endDelivery(turn, "failed", "refused:permanent:30003");
    const other = { ...request, tenantId: "somebody-else" };
    expect(await replayDeadLetter(opened.db, opened.vault, other)).toBe("not_found");
    expect(await readParts(turn)).toMatchObject([{ state: "refused" }]);
  });
});

describe("an outgoing event that was given up", () => {
  async function seedEvent(): Promise<{ tenantId: string; id: string; eventId: string; endpointId: string }> {
    const { scope } = await seedOne();
    const { tenantId } = scope;
    const url = "https://crm.example.com/";
    const endpoint = await createEventEndpoint(opened.db, opened.vault, {
      tenantId,
      url,
      types: [],
      includeText: false,
    });
    if (endpoint === null) throw new Error("No endpoint was made.");
    await emitEvent(opened.db, { tenantId, type: "conversation.taken_over", conversationId: null, data: {} });
    await relayEvents(opened.db, 1_000);
    const [row] = await opened.db
      .select()
      .from(eventDeliveries)
      .where(eq(eventDeliveries.tenantId, tenantId));
    if (row === undefined) throw new Error("The event went nowhere.");
    const { eventId, endpointId } = row;
    await settleEventDelivery(opened.db, { ...row }, { state: "failed", code: "http_500" });
    return { tenantId, id: `${eventId}.${endpointId}`, eventId, endpointId };
  }

  it("is a dead letter, and its replay is one new round of attempts", async () => {
    const event = await seedEvent();
    const { rows } = await listDeadLetters(opened.db, event, { limit: 10, keysetBefore: null });
    expect(rows).toMatchObject([
      { kind: "event", id: event.id, reason: "http_500", eventType: "conversation.taken_over" },
    ]);
    const request = { ...event, acceptDuplicates: false };
    expect(await replayDeadLetter(opened.db, opened.vault, request)).toBe("replayed");
    expect(await replayDeadLetter(opened.db, opened.vault, request)).toBe("already_replayed");
    const [row] = await opened.db
      .select()
      .from(eventDeliveries)
      .where(eq(eventDeliveries.eventId, event.eventId));
    expect(row).toMatchObject({ state: "pending", attempt: 1, earlierAttempts: 1 });
  });

  it("waits for an endpoint that is off", async () => {
    const event = await seedEvent();
    await disableEventEndpoint(opened.db, { id: event.endpointId, tenantId: event.tenantId }, "operator");
    const request = { ...event, acceptDuplicates: false };
    expect(await replayDeadLetter(opened.db, opened.vault, request)).toBe("endpoint_disabled");
  });
});

describe("a message that could not be stored", () => {
  it("is kept once, stored by its replay, and then no dead letter", async () => {
    const { scope, address } = await seedOne();
    const message = messageOf(scope, address);
    const inlined = opened.vault
      .sealForTenant(scope.tenantId, "inlined", JSON.stringify(message))
      .toString("base64");
    const { tenantId, channel, accountId, providerMessageId } = message;
    const kept = { tenantId, channel, accountId, providerMessageId, inlined, reason: "poison:not_storable" };
    await Promise.all([keepUnstored(opened.db, kept), keepUnstored(opened.db, kept)]);
    const list = async () =>
      (await listDeadLetters(opened.db, { tenantId }, { limit: 9, keysetBefore: null })).rows;
    const [letter, ...others] = await list();
    expect([letter, others]).toMatchObject([
      { kind: "message", reason: "poison:not_storable", messages: 1 },
      [],
    ]);
    const request = { tenantId, id: letter?.id ?? "", acceptDuplicates: false };
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, async () => await replayDeadLetter(opened.db, opened.vault, request)),
    );
    expect(outcomes.toSorted()).toEqual([
      "already_replayed",
      "already_replayed",
      "already_replayed",
      "replayed",
    ]);
    const stored = await opened.db.select().from(inbox).where(eq(inbox.providerMessageId, providerMessageId));
    expect(stored).toMatchObject([{ state: "pending" }]);
    expect(await list()).toEqual([]);
  });

  it("a message that cannot be decrypted stays a dead letter", async () => {
    const { scope } = await seedOne();
    const key = {
      tenantId: scope.tenantId,
      channel: "webhook",
      accountId: "a",
      providerMessageId: randomUUID(),
    };
    const inlined = Buffer.from("not sealed by us").toString("base64");
    await keepUnstored(opened.db, { ...key, inlined, reason: "poison:unreadable" });
    const { rows } = await listDeadLetters(opened.db, key, { limit: 9, keysetBefore: null });
    const request = { tenantId: scope.tenantId, id: rows[0]?.id ?? "", acceptDuplicates: false };
    expect(await replayDeadLetter(opened.db, opened.vault, request)).toBe("unreadable");
    expect((await listDeadLetters(opened.db, key, { limit: 9, keysetBefore: null })).rows).toHaveLength(1);
  });
});

describe("the list", () => {
  it("gives each of many once, page by page, the last first, and by its filters", async () => {
    const first = await seedOne();
    const { tenantId } = first.scope;
    const others = await seedTurns(opened.db, opened.vault, 24);
    await opened.db.execute(
      sql`UPDATE turns SET tenant_id = ${tenantId} WHERE id IN (${sql.join(
        others.map(({ scope }) => sql`${scope.turnId}::uuid`),
        sql`, `,
      )})`,
    );
    const all = [first, ...others];
    for (const [i, { scope }] of all.entries()) {
      const reason = i % 3 === 0 ? "poison:unreadable" : i % 3 === 1 ? "poisonous" : "refused:config:401";
      await finishTurn(opened.db, { turnId: scope.turnId, outcome: "failed", reason });
    }
    // Several dead letters have the same timestamp.
    await opened.db.execute(sql`
      UPDATE turns SET closed_at = date_trunc('second', closed_at) WHERE tenant_id = ${tenantId}`);
    const pages = async (filter: Omit<DeadLetterFilter, "tenantId">, limit: number) => {
      const found: string[] = [];
      let after: Cursor | null = null;
      do {
        const page = await listDeadLetters(
          opened.db,
          { tenantId, ...filter },
          { limit, keysetBefore: after },
        );
        found.push(...page.rows.map(({ id }) => id));
        after = page.next;
      } while (after !== null);
      return found;
    };
    const whole = await pages({}, 100);
    expect(new Set(whole)).toEqual(new Set(all.map(({ scope }) => scope.turnId)));
    for (const limit of [1, 7, 24, 25]) expect(await pages({}, limit), `limit ${limit}`).toEqual(whole);
    // By whole words: "poison" is not "poisonous".
    expect(await pages({ reason: "poison" }, 100)).toHaveLength(9);
    expect(await pages({ reason: "refused:config" }, 100)).toHaveLength(8);
    expect(await pages({ channel: "webhook", accountId: first.scope.accountId }, 100)).toEqual([
      first.scope.turnId,
    ]);
    expect(await pages({ kind: "event" }, 100)).toEqual([]);
    expect(await pages({ since: new Date(Date.now() + 60_000) }, 100)).toEqual([]);
  });
});

it("a turn that the database has lost is dead-lettered without an error", async () => {
  const given = failTurn(opened.db, { turnId: randomUUID(), reason: "poison:broken" });
  expect(await given).toEqual({ more: false });
});
