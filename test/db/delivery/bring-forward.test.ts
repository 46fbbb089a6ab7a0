import { eq, type SQL, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Queryable } from "../../../db/connection/postgres.ts";
import { retryDeliveries } from "../../../api/operations/retry-deliveries.ts";
import { recordAccountFailure, recordAccountRecovery } from "../../../db/delivery/account-outages.ts";
import {
  bringConversationForward,
  bringRecoveredForward,
  findDueEarlyParts,
} from "../../../db/delivery/bring-forward.ts";
import { accountOutages, deliveries } from "../../../db/schema/deliveries.ts";
import { formatAccountName } from "../../../db/tenants/channel-account.ts";
import { turns } from "../../../db/schema/turns.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("bring_forward");
});
beforeEach(async () => {
  await opened.db.execute(sql`TRUNCATE deliveries, account_outages`);
});
afterAll(() => opened.close());

type Change = Partial<typeof deliveries.$inferInsert> & { inS?: number };

/** Parts that wait an hour after their fourth attempt, which was a minute ago. */
async function seedWaiting(count: number, { inS = 3_600, ...change }: Change = {}): Promise<SeededTurn[]> {
  const seeded = await seedTurns(opened.db, opened.vault, count);
  for (const [i, { scope, part }] of seeded.entries())
    await opened.db
      .update(deliveries)
      .set({
        attempt: 4,
        refusal: "retry",
        failingAccount: formatAccountName(scope),
        code: "http_503",
        firstAttemptAt: sql`now() - make_interval(mins => 10, secs => ${count - i})`,
        attemptedAt: sql`now() - interval '1 minute'`,
        updatedAt: sql`now() - interval '1 minute'`,
        nextAttemptAt: sql`now() + make_interval(secs => ${inS})`,
        ...change,
      })
      .where(eq(deliveries.id, part.id));
  return seeded;
}

async function seedOne(change: Change = {}): Promise<SeededTurn> {
  const [seeded] = await seedWaiting(1, change);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  return seeded;
}

/** How the part waits, by the database's clock. */
async function readWait({ part }: SeededTurn) {
  const { rows } = await opened.db.execute<{ wait_s: number; early: number; last: number | null }>(sql`
    SELECT extract(epoch FROM next_attempt_at - now())::float8 AS wait_s, early_attempts AS early, last_early_attempt AS last
    FROM deliveries WHERE id = ${part.id}`);
  const [row] = rows;
  if (row === undefined) throw new Error("The part does not exist.");
  return { isSoon: row.wait_s <= 1, early: row.early, last: row.last, waitS: Math.round(row.wait_s) };
}

const keyOf = ({ scope: { channel, accountId } }: SeededTurn) => ({ channel, accountId });
const forward = async ({ scope }: SeededTurn) =>
  await bringConversationForward(opened.db, scope.conversationId);

interface PlanNode {
  "Node Type": string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: PlanNode[];
}

function countRows(node: PlanNode): number {
  const children = (node.Plans ?? []).reduce((sum, child) => sum + countRows(child), 0);
  if (!node["Node Type"].endsWith("Scan")) return children;
  return children + (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];
}

describe("a contact who writes", () => {
  it("the waiting part begins now, and the attempt does not count on the schedule", async () => {
    const seeded = await seedOne();
    expect(await forward(seeded)).toBe(1);
    expect(await readWait(seeded)).toMatchObject({ isSoon: true, early: 1, last: 5 });
  });

  it("several messages make one attempt, and a new message makes another one", async () => {
    const seeded = await seedOne();
    await forward(seeded);
    expect(await forward(seeded)).toBe(0);
    expect(await readWait(seeded)).toMatchObject({ early: 1 });
    await opened.db.update(deliveries).set({ attempt: 5, nextAttemptAt: sql`now() + interval '1 hour'` });
    expect(await forward(seeded)).toBe(1);
    expect(await readWait(seeded)).toMatchObject({ isSoon: true, early: 2, last: 6 });
  });

  it("a part with an attempt in the last seconds pauses before the next one", async () => {
    const seeded = await seedOne({ attemptedAt: sql`now()` as unknown as Date });
    await forward(seeded);
    expect(await readWait(seeded)).toMatchObject({ waitS: 3, early: 1 });
  });

  it("the vendor's Retry-After is kept", async () => {
    const seeded = await seedOne({ notBefore: sql`now() + interval '5 minutes'` as unknown as Date });
    expect(await forward(seeded)).toBe(1);
    expect(await forward(seeded)).toBe(0);
    expect(await readWait(seeded)).toMatchObject({ waitS: 300, early: 1 });
  });

  it.each([
    ["waits for the send rate", { code: "send_rate" }],
    ["waits for an earlier reply", { code: "earlier_reply" }],
    ["begins within a second", { inS: 0.5 }],
    ["is being sent", { state: "sending" }],
    ["is accepted", { state: "accepted" }],
  ] as const)("a part that %s stays as it is", async (_what, change) => {
    const seeded = await seedOne(change);
    expect(await forward(seeded)).toBe(0);
    expect(await readWait(seeded)).toMatchObject({ early: 0, last: null });
  });

  it("the quiet hours end, and the attempt counts", async () => {
    const seeded = await seedOne({ code: "quiet_hours", refusal: null, failingAccount: null, attempt: 0 });
    expect(await forward(seeded)).toBe(1);
    expect(await readWait(seeded)).toMatchObject({ isSoon: true, early: 0 });
  });

  it("a part of a closed turn stays as it is", async () => {
    const seeded = await seedOne();
    await opened.db.update(turns).set({ state: "closed" }).where(eq(turns.id, seeded.scope.turnId));
    expect(await forward(seeded)).toBe(0);
  });
});

describe("an account that works again", () => {
  /** All turns on the account of the first one. */
  async function shareAccount(seeded: readonly SeededTurn[]): Promise<void> {
    const failingAccount = formatAccountName((seeded[0] as SeededTurn).scope);
    for (const { part } of seeded)
      await opened.db.update(deliveries).set({ failingAccount }).where(eq(deliveries.id, part.id));
  }

  /** More parts that wait on the account of a turn. */
  async function addWaiting(
    { tenantId, conversationId, turnId, ...account }: SeededTurn["scope"],
    count: number,
  ) {
    await opened.db.execute(sql`
      INSERT INTO deliveries (id, tenant_id, conversation_id, turn_id, part, body, attempt, refusal, failing_account, code, first_attempt_at,
        attempted_at, updated_at, next_attempt_at)
      SELECT gen_random_uuid(), ${tenantId}, ${conversationId}, ${turnId}, n, '', 4, 'retry', ${formatAccountName(account)}, 'http_503', now() - n * interval '1 ms',
        now() - interval '1 minute', now() - interval '1 minute', now() + interval '1 hour'
      FROM generate_series(1, ${count}::int) AS n`);
  }

  /** Rows that the scans of one second read, by the plan of PostgreSQL. */
  async function countTouchedRows(): Promise<number> {
    const plans: PlanNode[] = [];
    const explain = (tx: Queryable) => async (query: SQL) => {
      const { rows } = await tx.execute<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
        sql`EXPLAIN (ANALYZE, FORMAT JSON) ${query}`,
      );
      plans.push(...rows.map((row) => row["QUERY PLAN"][0].Plan));
      // The plan of an UPDATE has changed the rows already, and a second time changes nothing.
      return await tx.execute(query);
    };
    await opened.db.transaction(async (tx) => {
      const execute = explain(tx);
      const transaction = async (work: (tx: object) => Promise<unknown>) => await work({ execute });
      await bringRecoveredForward({ execute, transaction } as unknown as Queryable);
    });
    return plans.reduce((sum, plan) => sum + countRows(plan), 0);
  }

  it("its waiting parts begin within the coming seconds, the oldest first, and those of others wait", async () => {
    const seeded = await seedWaiting(13);
    await shareAccount(seeded);
    const [other] = await seedWaiting(1);
    const [first, last] = [seeded[0] as SeededTurn, seeded[12] as SeededTurn];
    await recordAccountFailure(opened.db, keyOf(first));
    expect(await bringRecoveredForward(opened.db)).toBe(0);
    await recordAccountRecovery(opened.db, keyOf(first));
    expect(await bringRecoveredForward(opened.db)).toBe(10);
    expect(await readWait(first)).toMatchObject({ isSoon: true, early: 1 });
    expect(await readWait(last)).toMatchObject({ isSoon: false, early: 0 });
    expect(await bringRecoveredForward(opened.db)).toBe(3);
    expect(await readWait(last)).toMatchObject({ isSoon: true, early: 1 });
    expect(await readWait(other as SeededTurn)).toMatchObject({ isSoon: false, early: 0 });
    expect(await bringRecoveredForward(opened.db)).toBe(0);
    expect(await opened.db.$count(accountOutages)).toBe(0);
  });

  it("a second of the recovery touches as many rows with 20,000 waiting parts as with a few", async () => {
    const [failing, other] = await seedWaiting(2);
    for (const { scope } of [failing as SeededTurn, other as SeededTurn]) await addWaiting(scope, 10_000);
    await opened.db.execute(sql`ANALYZE deliveries`);
    await recordAccountFailure(opened.db, keyOf(failing as SeededTurn));
    await recordAccountRecovery(opened.db, keyOf(failing as SeededTurn));
    const seconds = [];
    for (let second = 0; second < 3; second++) seconds.push(await countTouchedRows());
    expect(Math.max(...seconds)).toBeLessThan(200);
    const early = await opened.db.$count(deliveries, sql`last_early_attempt > attempt`);
    expect(early).toBe(30);
  });

  it("each wait of the schedule is cut short once, so a part that fails for ever keeps its schedule", async () => {
    const seeded = await seedOne();
    const heal = async () => {
      await recordAccountFailure(opened.db, keyOf(seeded));
      await recordAccountRecovery(opened.db, keyOf(seeded));
      return await bringRecoveredForward(opened.db);
    };
    const fail = async (attempt: number) => {
      const nextAttemptAt = sql`now() + interval '1 hour'`;
      await opened.db.update(deliveries).set({ attempt, nextAttemptAt, updatedAt: sql`now()` });
    };
    expect(await heal()).toBe(1);
    await fail(5);
    expect(await heal()).toBe(0);
    await fail(6);
    expect(await heal()).toBe(1);
    expect(await readWait(seeded)).toMatchObject({ early: 2, last: 7 });
  });

  it("a failure during the recovery leaves the other parts on their schedule", async () => {
    const seeded = await seedWaiting(12);
    await shareAccount(seeded);
    const account = keyOf(seeded[0] as SeededTurn);
    await recordAccountFailure(opened.db, account);
    await recordAccountRecovery(opened.db, account);
    await bringRecoveredForward(opened.db);
    await recordAccountFailure(opened.db, account);
    expect(await bringRecoveredForward(opened.db)).toBe(0);
    await recordAccountRecovery(opened.db, account);
    expect(await bringRecoveredForward(opened.db)).toBe(2);
  });
});

it("the sweeper finds the workflows of the parts that were brought forward and are due", async () => {
  const [due, later] = [
    await seedOne(),
    await seedOne({ notBefore: sql`now() + interval '1 hour'` as unknown as Date, inS: 7_200 }),
  ];
  await seedOne();
  for (const seeded of [due, later]) await forward(seeded);
  await opened.db
    .update(deliveries)
    .set({ nextAttemptAt: sql`now() - interval '1 second'` })
    .where(eq(deliveries.id, due.part.id));
  const scan = { olderThanMs: 300, limit: 10, keysetBefore: null };
  const [found, ...others] = await findDueEarlyParts(opened.db, scan);
  expect(found).toMatchObject({ id: due.part.id, workflowId: due.scope.workflowId });
  expect(others).toEqual([]);
  expect(await findDueEarlyParts(opened.db, { ...scan, keysetBefore: found ?? null })).toEqual([]);
  await opened.db.update(deliveries).set({ attempt: 5 }).where(eq(deliveries.id, due.part.id));
  expect(await findDueEarlyParts(opened.db, scan)).toEqual([]);
});

describe("an operator", () => {
  it("a dry run shows the parts that wait and changes nothing, and a retry begins them", async () => {
    const seeded = await seedOne();
    const filter = { tenantId: seeded.scope.tenantId };
    const shown = await retryDeliveries(opened, { filter, limit: 10, dryRun: true });
    expect(shown).toMatchObject({ retried: 0, deliveries: [{ id: seeded.part.id, code: "http_503" }] });
    expect(await readWait(seeded)).toMatchObject({ isSoon: false, early: 0 });
    expect(await retryDeliveries(opened, { filter, limit: 10, dryRun: false })).toMatchObject({ retried: 1 });
    expect(await readWait(seeded)).toMatchObject({ isSoon: true, early: 1 });
    expect(await retryDeliveries(opened, { filter, limit: 10, dryRun: false })).toMatchObject({
      deliveries: [],
    });
  });

  it("the filters are kept, and another tenant's parts are never touched", async () => {
    const [seeded, other] = [await seedOne(), await seedOne()];
    const { tenantId, channel, accountId, conversationId } = seeded.scope;
    const find = async (filter: object) =>
      (await retryDeliveries(opened, { filter: { tenantId, ...filter }, limit: 10, dryRun: true })).deliveries
        .length;
    expect(await find({ channel, accountId, conversationId, deliveryId: seeded.part.id })).toBe(1);
    for (const wrong of [
      { channel: "line" },
      { accountId: "other" },
      { conversationId: other.scope.conversationId },
      { deliveryId: other.part.id },
    ])
      expect(await find(wrong), JSON.stringify(wrong)).toBe(0);
  });
});
