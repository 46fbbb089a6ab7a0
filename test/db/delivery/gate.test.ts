import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toReplyText } from "../../../db/delivery/reply-text.ts";
import { sendPolicy } from "../../../activities/delivery/send-policy.ts";
import { setConsent } from "../../../db/contacts/consents.ts";
import { type GateDecision, openGate } from "../../../db/delivery/gate.ts";
import { pauseConversation, setAccountPaused, setTenantPaused } from "../../../db/conversations/pause.ts";
import { takeOverConversation } from "../../../db/conversations/takeover.ts";
import { storeInbound } from "../../../db/inbound/inbox.ts";
import type { NewInbound } from "../../../db/inbound/new-inbound.ts";
import { openOutboundTurn } from "../../../db/turns/outbound-turns.ts";
import { type Database } from "../../../db/connection/postgres.ts";
import { conversations } from "../../../db/schema/conversations.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { budgets, tenants } from "../../../db/schema/tenants.ts";
import { turns } from "../../../db/schema/turns.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { newMessage } from "../../support/new-message.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

/**
 * The promise is about the order of commits, so the test tries many orders. Without one of the locks 8 to 50 of 1,000 break it.
 * `GATE_INTERLEAVINGS=10000` tries more.
 */
const INTERLEAVINGS = Number(process.env["GATE_INTERLEAVINGS"] ?? 4_000);
const CONCURRENCY = 16;
const DAY_MS = 86_400_000;

let opened: OpenDatabase;
let db: Database;
let vault: Vault;

beforeAll(async () => {
  opened = await openDatabase("gate", { maxConnections: CONCURRENCY * 2 });
  ({ db, vault } = opened);
});
afterAll(() => opened.close());

async function storeMessage({ scope, address }: SeededTurn, fields: Partial<NewInbound>): Promise<void> {
  await storeInbound(db, vault, newMessage(scope, { from: address, ...fields }));
}

/** Events during a send, made by the functions of the product. */
const EVENTS = {
  newerMessage: async (seeded: SeededTurn) => await storeMessage(seeded, { text: "One more thing" }),
  takeover: async ({ scope }: SeededTurn) => {
    await takeOverConversation(db, scope.conversationId, "ada");
  },
  optOut: async ({ scope }: SeededTurn) => {
    await setConsent(db, scope, { state: "opted_out", source: "test" });
  },
  stopMessage: async (seeded: SeededTurn) => await storeMessage(seeded, { text: "STOP", keyword: "stop" }),
  windowCloses: async ({ scope }: SeededTurn) => {
    await db
      .update(conversations)
      .set({ lastInboundAt: new Date(Date.now() - 2 * DAY_MS) })
      .where(eq(conversations.id, scope.conversationId));
  },
  conversationPaused: async ({ scope }: SeededTurn) => {
    await pauseConversation(db, scope.conversationId, "operator");
  },
  accountPaused: async ({ scope }: SeededTurn) => await setAccountPaused(db, scope, true),
  tenantPaused: async ({ scope }: SeededTurn) => await setTenantPaused(db, scope.tenantId, true),
  budgetSpent: async ({ scope }: SeededTurn) => {
    await db.update(tenants).set({ dailyBudgetUsd: 0 }).where(eq(tenants.id, scope.tenantId));
  },
} as const;
type EventName = keyof typeof EVENTS;
const EVENT_NAMES = Object.keys(EVENTS) as EventName[];

const databaseClock = async () => {
  const { rows } = await db.execute<{ now: string }>(sql`SELECT clock_timestamp()::text AS now`);
  return new Date(rows[0]?.now ?? Number.NaN);
};

/** The time, by the database's clock, at which the event was certainly committed. */
async function commit(name: EventName, seeded: SeededTurn): Promise<Date> {
  await EVENTS[name](seeded);
  return await databaseClock();
}

async function gate(seeded: SeededTurn, inside: () => void = () => undefined): Promise<GateDecision> {
  return await openGate(db, {
    ...seeded,
    policy(facts) {
      inside();
      return sendPolicy({
        ...facts,
        speaker: "assistant",
        windowMs: DAY_MS,
        rateWaitMs: 0,
        holdMs: 0,
        elsewhere: null,
      });
    },
    reroute: () => Promise.reject(new Error("Nobody is linked here.")),
  });
}

/** Every order of event and gate. "inside" begins the event while the gate has its locks. */
const ORDERS = ["event first", "event just before", "both at once", "inside", "gate first"] as const;
type Order = (typeof ORDERS)[number];

async function runInterleaving(
  order: Order,
  name: EventName,
  seeded: SeededTurn,
): Promise<[GateDecision, Date]> {
  if (order === "event first") {
    const committed = await commit(name, seeded);
    return [await gate(seeded), committed];
  }
  if (order === "inside") {
    let committed: Promise<Date> | undefined;
    const decision = await gate(seeded, () => {
      committed = commit(name, seeded);
    });
    if (committed === undefined) throw new Error("The gate did not ask its policy.");
    return [decision, await committed];
  }
  if (order === "gate first") {
    const decision = gate(seeded);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
    const committed = commit(name, seeded);
    return [await decision, await committed];
  }
  const committed = commit(name, seeded);
  if (order === "event just before") await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
  return [await gate(seeded), await committed];
}

describe("the gate", () => {
  it(
    `begins no send after the commit of what forbids it, in ${INTERLEAVINGS} interleavings`,
    { timeout: 600_000 },
    async () => {
      const seeds = await seedTurns(db, vault, INTERLEAVINGS, { supersede: "regenerate" });
      await db.insert(budgets).select(
        db
          .select({
            tenantId: tenants.id,
            day: sql<string>`(now() AT TIME ZONE 'UTC')::date`.as("day"),
            reservedUsd: sql<number>`0`.as("reserved_usd"),
            spentUsd: sql<number>`1`.as("spent_usd"),
            alertedAt: sql<null>`NULL::timestamptz`.as("alerted_at"),
          })
          .from(tenants)
          .where(eq(tenants.businessName, "b")),
      );
      const outcomes = new Map<string, number>();
      const broken: string[] = [];
      let next = 0;
      const runWorker = async () => {
        for (let i = next++; i < INTERLEAVINGS; i = next++) {
          const seeded = seeds[i];
          const name = EVENT_NAMES[i % EVENT_NAMES.length];
          const order = ORDERS[Math.floor(i / EVENT_NAMES.length) % ORDERS.length];
          if (seeded === undefined || name === undefined || order === undefined)
            throw new Error("No such trial.");
          const [decision, committed] = await runInterleaving(order, name, seeded);
          const kind = `${order}: ${decision.act === "sending" ? "sent" : "stopped"}`;
          outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
          const beganLate = decision.act === "sending" && decision.firstAttemptAt > committed;
          if (beganLate || (order === "event first" && decision.act === "sending"))
            broken.push(`${name}, ${order}`);
          if (order === "inside" && decision.act !== "sending")
            broken.push(`${name} came inside and was seen too early`);
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, runWorker));
      expect(broken).toEqual([]);
      // The orders were really mixed: each of the free ones was won by either side.
      expect(outcomes.get("both at once: sent"), JSON.stringify([...outcomes])).toBeGreaterThan(0);
      expect(outcomes.get("both at once: stopped")).toBeGreaterThan(0);
      const marked = await db.$count(deliveries, eq(deliveries.state, "sending"));
      const sent = [...outcomes]
        .filter(([kind]) => kind.endsWith(": sent"))
        .reduce((sum, [, n]) => sum + n, 0);
      expect(marked).toBe(sent);
    },
  );

  it("a send writes nothing into the rows of its tenant and its account", async () => {
    const [seeded] = await seedTurns(db, vault, 1);
    if (seeded === undefined) throw new Error("Nothing was seeded.");
    // A lock of a row is written into the row, as its `xmax`.
    const readLocks = async () => {
      const { rows } = await db.execute(sql`SELECT t.xmax::text AS tenant, a.xmax::text AS account
        FROM tenants t JOIN channel_accounts a ON a.tenant_id = t.id WHERE t.id = ${seeded.scope.tenantId}`);
      return rows;
    };
    const before = await readLocks();
    expect(await gate(seeded)).toMatchObject({ act: "sending" });
    expect(before).toHaveLength(1);
    expect(await readLocks()).toEqual(before);
  });

  it("a change of all tenants in one transaction takes at most 1,024 of the locks that gates share", async () => {
    const seeds = await seedTurns(db, vault, 2_000);
    let locks = 0;
    await db.transaction(async (tx) => {
      await tx.update(tenants).set({ dailyBudgetUsd: 40 });
      const held = await tx.execute<{ count: number }>(
        sql`SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()`,
      );
      locks = held.rows[0]?.count ?? 0;
    });
    expect(seeds.length).toBeGreaterThan(1_024);
    expect(locks).toBeLessThanOrEqual(1_024);
    expect(locks).toBeGreaterThan(0);
  });

  it("the mark of an attempt removes the time that was set for it", async () => {
    const [seeded] = await seedTurns(db, vault, 1);
    if (seeded === undefined) throw new Error("Nothing was seeded.");
    const isIt = eq(deliveries.id, seeded.part.id);
    await db
      .update(deliveries)
      .set({ nextAttemptAt: sql`now() + interval '1 minute'` })
      .where(isIt);
    expect(await gate(seeded)).toMatchObject({ act: "sending" });
    const [row] = await db.select().from(deliveries).where(isIt);
    expect(row?.nextAttemptAt).toBeNull();
  });

  it("the gate lets one of two concurrent attempts through", async () => {
    const [seeded] = await seedTurns(db, vault, 1);
    if (seeded === undefined) throw new Error("Nothing was seeded.");
    const decisions = await Promise.all([gate(seeded), gate(seeded)]);
    expect(decisions.map(({ act }) => act).toSorted()).toEqual(["sending", "taken"]);
  });

  it("the gate waits for an earlier reply in progress, and not for one that was deferred or never started", async () => {
    const [seeded, another] = await seedTurns(db, vault, 2);
    if (seeded === undefined || another === undefined) throw new Error("Nothing was seeded.");
    const turn = {
      key: "resend:1",
      origin: { kind: "resend", deliveryId: seeded.part.id, resends: 1 },
      parts: [toReplyText("Earlier."), toReplyText("And more.")],
    } as const;
    const { turnId } = await db.transaction((tx) => openOutboundTurn(tx, vault, seeded.scope, turn));
    await db
      .update(turns)
      .set({ openedAt: sql`clock_timestamp()` })
      .where(eq(turns.id, seeded.scope.turnId));
    const earlier = eq(deliveries.turnId, turnId);
    await db.update(deliveries).set({ code: "429" }).where(earlier);
    expect(await gate(seeded)).toMatchObject({ act: "wait", reason: "earlier_reply" });
    const nextAttemptAt = new Date(Date.now() + DAY_MS);
    await db
      .update(deliveries)
      .set({ code: "quiet_hours", nextAttemptAt })
      .where(and(earlier, eq(deliveries.part, 0)));
    expect(await gate(seeded)).toMatchObject({ act: "sending" });

    const stuck = await db.transaction((tx) => openOutboundTurn(tx, vault, another.scope, turn));
    const beganBefore = async (id: string, hours: number) =>
      await db
        .update(turns)
        .set({ openedAt: sql`clock_timestamp() - make_interval(hours => ${hours})` })
        .where(eq(turns.id, id));
    await beganBefore(another.scope.turnId, 0);
    await beganBefore(stuck.turnId, 2);
    expect(await gate(another)).toMatchObject({ act: "sending" });
  });

  it("the answer that used up the day's budget is sent, and no answer after it", async () => {
    const seeded = await seedTurns(db, vault, 2, { dailyBudgetUsd: 1 });
    const [own, other] = seeded;
    if (own === undefined || other === undefined) throw new Error("Nothing was seeded.");
    const day = sql<string>`(now() AT TIME ZONE 'UTC')::date`;
    for (const { scope } of seeded)
      await db.insert(budgets).values({ tenantId: scope.tenantId, day, reservedUsd: 0, spentUsd: 1.2 });
    await db.update(turns).set({ costUsd: 0.3 }).where(eq(turns.id, own.scope.turnId));
    expect(await gate(own)).toMatchObject({ act: "sending" });
    expect(await gate(other)).toMatchObject({ act: "suppress", reason: "budget_spent" });
  });
});
