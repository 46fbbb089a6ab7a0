import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeadLetterFilter, listDeadLetters } from "../../../db/dead-letters/dead-letters.ts";
import { settleEventDelivery } from "../../../db/events/event-deliveries.ts";
import { createEventEndpoint, disableEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { failTurn } from "../../../db/turns/finish-turn.ts";
import { emitEvent, relayEvents } from "../../../db/events/outgoing-events.ts";
import type { Cursor } from "../../../db/connection/page.ts";
import { dismissDeadLetter, restoreDeadLetter } from "../../../db/dead-letters/dismiss-dead-letter.ts";
import { replayDeadLetter } from "../../../db/dead-letters/replay-dead-letter.ts";
import { consents } from "../../../db/schema/contacts.ts";
import { inbox } from "../../../db/schema/conversations.ts";
import { eventDeliveries } from "../../../db/schema/events.ts";
import { finishTurn } from "../../../db/turns/finish-turn.ts";
import { sealInlined } from "../../../db/inbound/inlined-event.ts";
import { keepUnstored } from "../../../db/inbound/unstored-messages.ts";
import { createDeadLetterSteps, type DeadLetterSteps } from "./dead-letter-steps.ts";
import { seedTurns } from "../../support/seed-turns.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

const DISMISSAL = { author: "ada", note: "answered by telephone", dryRun: false };

let opened: OpenDatabase;
let steps: DeadLetterSteps;
beforeAll(async () => {
  opened = await openDatabase("dead_letter_list");
  steps = createDeadLetterSteps(opened);
});
afterAll(() => opened.close());

describe("an outgoing event that was given up", () => {
  async function seedEvent(): Promise<{ tenantId: string; id: string; eventId: string; endpointId: string }> {
    const { scope } = await steps.seedOne();
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

  it("is dismissed and restored by its id of two parts", async () => {
    const { id, tenantId } = await seedEvent();
    const list = async (dismissed?: true) =>
      (await listDeadLetters(opened.db, { tenantId, dismissed }, { limit: 9, keysetBefore: null })).rows;
    expect(await dismissDeadLetter(opened.db, { ...DISMISSAL, tenantId, id })).toBe("dismissed");
    expect([await list(), await list(true)]).toMatchObject([[], [{ id, kind: "event" }]]);
    expect(await restoreDeadLetter(opened.db, { tenantId, id, dryRun: false })).toBe("restored");
    expect([await list(), await list(true)]).toMatchObject([[{ id }], []]);
  });

  it("waits for an endpoint that is off", async () => {
    const event = await seedEvent();
    await disableEventEndpoint(opened.db, { id: event.endpointId, tenantId: event.tenantId }, "operator");
    const request = { ...event, acceptDuplicates: false };
    expect(await replayDeadLetter(opened.db, opened.vault, request)).toBe("endpoint_disabled");
  });
});

describe("an inbound event that could not be stored", () => {
  it("is kept once, stored by its replay, and then no dead letter", async () => {
    const seeded = await steps.seedOne();
    const { scope } = seeded;
    const message = steps.messageOf(seeded);
    const inlined = sealInlined(opened.vault, scope.tenantId, { kind: "message", message });
    const { tenantId, channel, accountId, providerMessageId } = message;
    const kept = { tenantId, channel, accountId, providerMessageId, inlined, reason: "poison:not_storable" };
    await Promise.all([keepUnstored(opened.db, kept), keepUnstored(opened.db, kept)]);
    const list = async () =>
      (await listDeadLetters(opened.db, { tenantId }, { limit: 9, keysetBefore: null })).rows;
    const [letter, ...others] = await list();
    expect([letter, others]).toMatchObject([
      { kind: "inbound", reason: "poison:not_storable", messages: 1 },
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

  it("an opt-out is listed as an inbound event, and its replay ends the sends to the contact", async () => {
    const { scope, address: from } = await steps.seedOne();
    const { tenantId, channel, accountId } = scope;
    const consent = { tenantId, channel, accountId, from, needsOptOut: false, arrivedAt: null };
    const inlined = sealInlined(opened.vault, tenantId, {
      kind: "consent",
      consent: { ...consent, state: "opted_out", source: "vendor" },
    });
    const key = { tenantId, channel, accountId, providerMessageId: "hash of the opt-out" };
    await keepUnstored(opened.db, { ...key, inlined, reason: "poison:broken" });
    const { rows } = await listDeadLetters(opened.db, { tenantId }, { limit: 9, keysetBefore: null });
    expect(rows).toMatchObject([{ kind: "inbound", reason: "poison:broken" }]);
    const request = { tenantId, id: rows[0]?.id ?? "", acceptDuplicates: false };
    expect(await replayDeadLetter(opened.db, opened.vault, request)).toBe("replayed");
    const stored = await opened.db.select().from(consents).where(eq(consents.tenantId, tenantId));
    expect(stored).toMatchObject([{ state: "opted_out", source: "vendor" }]);
  });

  it("a message that cannot be decrypted stays a dead letter", async () => {
    const { scope } = await steps.seedOne();
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
  it("gives each of many once, page by page, the last first, by its filters and by dismissal", async () => {
    const first = await steps.seedOne();
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

    const dismissed = whole.filter((_, i) => i % 2 === 0);
    for (const id of dismissed) await dismissDeadLetter(opened.db, { ...DISMISSAL, tenantId, id });
    for (const limit of [1, 7, 13]) {
      expect(await pages({ dismissed: true }, limit), `limit ${limit}`).toEqual(dismissed.toReversed());
      expect(await pages({}, limit), `limit ${limit}`).toEqual(whole.filter((_, i) => i % 2 === 1));
    }
    expect(await pages({ dismissed: true, kind: "event" }, 100)).toEqual([]);
    const poisonous = await pages({ dismissed: true, reason: "poisonous" }, 100);
    expect(poisonous).toEqual((await pages({ dismissed: true }, 100)).filter((id) => poisonous.includes(id)));
    expect(poisonous.length).toBeGreaterThan(0);
  });
});

it("a turn that the database has lost is dead-lettered without an error", async () => {
  const given = failTurn(opened.db, { turnId: randomUUID(), reason: "poison:broken", build: "test" });
  expect(await given).toEqual({ outcome: "failed", reason: "poison:broken", more: false });
});
