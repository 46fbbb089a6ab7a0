import { CancelledFailure } from "@temporalio/activity";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createActivities } from "../../../activities/index.ts";
import { createWebhookChannel } from "../../../activities/channels/webhook.ts";
import { withStepEnds } from "../../../activities/retry/with-step-end.ts";
import { connectPostgres } from "../../../db/connection/postgres.ts";
import { sealInlined } from "../../../db/inbound/inlined-event.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { turns } from "../../../db/schema/turns.ts";
import { createTurnMemory } from "../../../db/turns/turn-memory.ts";
import { readTurn } from "../../../db/turns/read-turn.ts";
import { egressTo } from "../../support/channels/samples.ts";
import { isProduct, readSources } from "../../check/source-files.ts";
import { readPage } from "../../docs/read-docs.ts";
import { runActivity } from "../../support/activities/run-activity.ts";
import { seedReply } from "../../support/activities/seed-reply.ts";
import { newMessage } from "../../support/new-message.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { replaceTurnByMessage, seedContext, seedTurn, seedTurns } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("step_end");
});
afterAll(() => opened.close());

const VENDOR = "http://vendor.test";
const ACCOUNT = { tenantId: "acme", channel: "webhook", accountId: "main" };
const OVER = { startToCloseTimeoutMs: -1 };
const ENDED = { name: "AbortError" };

/** A pool of its own, and the activities of a worker on it. `given` replaces dependencies. */
function openSteps(given: object = {}) {
  const options = { maxConnections: 1, applicationName: "test", onError: () => undefined };
  const db = connectPostgres({ url: opened.url, ...options });
  onTestFinished(() => db.$client.end());
  let checkouts = 0;
  db.$client.on("acquire", () => checkouts++);
  const dependencies = {
    db,
    vault: opened.vault,
    limiter: { take: async () => ({ allowed: true }) },
    outages: { holdMs: () => 0, awaitAvailable: async () => undefined, extendHolds: () => undefined },
    quiet: { capMs: 0, capMessages: 1 },
    reservationUsd: 0.01,
    stepHealth: { countPass: () => undefined, findPoison: async () => null },
    sendRates: { take: async () => 0 },
    channels: {},
    memory: createTurnMemory(),
    placeModelCall: () => "main_queue",
    ...given,
  };
  const steps = createActivities(dependencies as unknown as Parameters<typeof createActivities>[0]);
  return { db, steps, checkouts: () => checkouts };
}

/** The innermost cause: drizzle wraps errors of a query. */
function findCause(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? findCause(error.cause) : error;
}

const names = Object.keys(createActivities({} as Parameters<typeof createActivities>[0]));

it.each(names)("%s gets no connection after its time limit", async (name) => {
  const { steps, checkouts } = openSteps();
  const { tenantId } = ACCOUNT;
  const message = newMessage(ACCOUNT, { from: "c" });
  const inlined = sealInlined(opened.vault, tenantId, { kind: "message", message });
  const input = { turnId: null, tier: "full_context", tenantId, inlined, versionId: crypto.randomUUID() };
  const step = steps[name as "admit"] as (input: unknown) => Promise<unknown>;
  const attempt = runActivity(async () => await step(input), OVER);
  expect(findCause(await attempt.catch((error: unknown) => error))).toMatchObject(ENDED);
  expect(checkouts()).toBe(0);
});

it("the writes after the end of a step are those of the decision", () => {
  const decision = readPage("docs/decisions/0009-time-limits-inside-one-another.md");
  const stated = [...decision.matchAll(/^\| `(\S+)`/gm)].map(([, path = ""]) => path);
  const made = readSources().filter(
    ({ path, text }) => isProduct(path) && /(?<!function )writeAfterEnd\(|: writeAfterEnd,/.test(text),
  );
  expect(made.map(({ path }) => path).toSorted()).toEqual(stated.toSorted());
});

it.each([
  ["WORKER_SHUTDOWN", "is refused"],
  ["TIMED_OUT", "is refused"],
  ["NOT_FOUND", "is refused"],
  ["CANCELLED", "is given"],
])("a step that is cancelled by %s asks for its next connection, which %s", async (reason, verdict) => {
  const { db } = openSteps();
  const cancellation = new AbortController();
  const { step } = withStepEnds({
    step: async () => {
      await db.execute(sql`SELECT 1`);
      cancellation.abort(new CancelledFailure(reason));
      await db.execute(sql`SELECT 1`);
    },
  });
  const error = await runActivity(step, {}, cancellation.signal).catch(findCause);
  if (verdict === "is given") expect(error).toBeUndefined();
  else expect(error).toMatchObject(ENDED);
});

it("a step that waits for a connection until its end gives it to the next one", async () => {
  const { db } = openSteps();
  const cancellation = new AbortController();
  const { step } = withStepEnds({ step: async () => await db.execute(sql`SELECT 1`) });
  const held = await db.$client.connect();
  const waiting = runActivity(step, {}, cancellation.signal).catch(findCause);
  cancellation.abort(new CancelledFailure("TIMED_OUT"));
  held.release();
  expect(await waiting).toMatchObject(ENDED);
  expect((await db.execute(sql`SELECT 1 AS one`)).rows).toEqual([{ one: 1 }]);
});

it("a transaction whose step has ended is rolled back, and the locks and the connection are free", async () => {
  const { db } = openSteps();
  const [seeded] = await seedTurns(opened.db, opened.vault, 1);
  const isTurn = eq(turns.id, seeded?.scope.turnId ?? "");
  const cancellation = new AbortController();
  const { step } = withStepEnds({
    step: async () =>
      await db.transaction(async (tx) => {
        await tx.update(turns).set({ outcomeReason: "first" }).where(isTurn);
        cancellation.abort(new CancelledFailure("TIMED_OUT"));
        await tx.update(turns).set({ outcomeReason: "second" }).where(isTurn);
      }),
  });
  const attempt = runActivity(step, {}, cancellation.signal).catch(findCause);
  expect(await attempt).toMatchObject(ENDED);
  expect(await db.select({ reason: turns.outcomeReason }).from(turns).where(isTurn)).toEqual([
    { reason: null },
  ]);
});

it("a completion that was paid is stored also when it arrives after the end of the step", async () => {
  const cancellation = new AbortController();
  const complete = async () => {
    cancellation.abort(new CancelledFailure("TIMED_OUT"));
    const tokens = { inputTokens: 1, cachedTokens: 0, outputTokens: 1 };
    return { text: "Paid.", requestId: "r", model: "gpt-4o", costUsd: 0.01, ...tokens };
  };
  const { steps } = openSteps({
    model: { complete, names: { full: "gpt-4o", smaller: "gpt-4o-mini" } },
    circuits: { run: async (_model: string, call: () => Promise<unknown>) => await call() },
    cache: { save: async () => undefined },
    showTyping: () => () => undefined,
    callTimes: { measure: async (call: () => Promise<unknown>) => await call() },
  });
  const { db, vault } = opened;
  const turn = await seedTurn(db, vault);
  const { scope } = turn;
  await seedContext(db, vault, turn);
  const step = { turnId: scope.turnId, tier: "full_context", reason: null } as const;
  await runActivity(async () => await steps.generate(step), {}, cancellation.signal);
  expect(await readTurn(db, vault, step)).toMatchObject({ response: { text: "Paid." } });
});

it("the outcome of a send is written also after the end of the step, and the next part is not begun", async () => {
  const cancellation = new AbortController();
  const sent: string[] = [];
  const webhook = {
    ...createWebhookChannel({ egress: egressTo(VENDOR), now: () => new Date(), random: Math.random }),
    async send({ text }: { text: string }) {
      sent.push(text);
      cancellation.abort(new CancelledFailure("WORKER_SHUTDOWN"));
      return { kind: "accepted", providerId: text };
    },
  };
  const { steps } = openSteps({ channels: { webhook } });
  const reply = { address: VENDOR, texts: ["One.", "Two."] };
  const { scope } = await seedReply(opened.db, opened.vault, reply);
  const deliver = async () => await steps.deliver({ turnId: scope.turnId });
  const attempt = runActivity(deliver, {}, cancellation.signal).catch(findCause);
  expect(await attempt).toMatchObject(ENDED);
  const states = await opened.db
    .select({ state: deliveries.state })
    .from(deliveries)
    .where(eq(deliveries.turnId, scope.turnId))
    .orderBy(deliveries.part);
  expect(sent).toEqual(["One."]);
  expect(states).toEqual([{ state: "accepted" }, { state: "intended" }]);
});

it("admit asks the pool for at most four connections", async () => {
  const { db, vault } = opened;
  const seeded = await seedTurn(db, vault);
  const message = await replaceTurnByMessage(db, vault, seeded);
  const { steps, checkouts } = openSteps();
  expect(await runActivity(async () => await steps.admit(message))).toMatchObject({ plan: "answer" });
  expect(checkouts()).toBeLessThanOrEqual(4);
});
