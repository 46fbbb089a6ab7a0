import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createReplayPoison } from "../../../activities/worker/replay-poison.ts";
import { dismissDeadLetter, restoreDeadLetter } from "../../../db/dead-letters/dismiss-dead-letter.ts";
import { countRestart, findRunningTurn, readBuildHealth } from "../../../db/health/turn-restarts.ts";
import { acquireTurn, findInboxRow } from "../../../db/turns/acquire-turn.ts";
import { failTurn } from "../../../db/turns/finish-turn.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";
import { createDeadLetterSteps, type DeadLetterSteps } from "../turns/dead-letter-steps.ts";

let opened: OpenDatabase;
let steps: DeadLetterSteps;
beforeAll(async () => {
  opened = await openDatabase("poison_replays");
  steps = createDeadLetterSteps(opened);
});
beforeEach(() => opened.db.execute(sql`TRUNCATE turns, inbox, conversations`));
afterAll(() => opened.close());

const serve = async (build: string) => {
  const log = createLog({ level: "silent", name: "test" });
  await createReplayPoison({ ...opened, build, log }).run();
};

async function failOn(build: string, reason: string): Promise<SeededTurn> {
  const turn = await steps.seedReply([]);
  await failTurn(opened.db, { turnId: turn.scope.turnId, reason, build });
  return turn;
}

async function readTurnState(turnId: string): Promise<string | undefined> {
  const { rows } = await opened.db.execute<{ state: string }>(
    sql`SELECT state FROM turns WHERE id = ${turnId}`,
  );
  return rows[0]?.state;
}

const stateOf = async (turn: SeededTurn) => (await steps.readMessages(turn))[0]?.state;

it("a dead letter of the code is replayed once by each other build, and never by the build that failed", async () => {
  const turn = await failOn("bad", "poison:stuck");
  await serve("bad");
  expect(await stateOf(turn)).toBe("failed");
  await serve("good");
  expect(await stateOf(turn)).toBe("pending");
  expect(await steps.letterOf(turn)).toBeNull();
});

it("no build replays a dead letter that an operator has dismissed, until it is restored", async () => {
  const turn = await failOn("bad", "poison:stuck");
  const { tenantId, turnId: id } = turn.scope;
  const dismissal = { author: "ada", note: "answered by telephone", dryRun: false };
  expect(await dismissDeadLetter(opened.db, { ...dismissal, tenantId, id })).toBe("dismissed");
  await serve("good");
  expect(await stateOf(turn)).toBe("failed");
  expect(await restoreDeadLetter(opened.db, { tenantId, id, dryRun: false })).toBe("restored");
  await serve("good");
  expect(await stateOf(turn)).toBe("pending");
});

it("each turn of a conversation that failed on another build is replayed, however many there are", async () => {
  const turns = [];
  for (let i = 0; i < 7; i++) turns.push(await failOn("bad", "poison:stuck"));
  const conversationId = turns[0]?.scope.conversationId ?? "";
  await opened.db.execute(sql`UPDATE turns SET conversation_id = ${conversationId}`);
  await opened.db.execute(sql`UPDATE inbox SET conversation_id = ${conversationId}`);
  await serve("good");
  const { rows } = await opened.db.execute(sql`SELECT DISTINCT state FROM inbox`);
  expect(rows).toEqual([{ state: "pending" }]);
});

it.each([
  { parts: [], kind: "without parts, whose messages get new turns" },
  { parts: ["intended"] as const, kind: "with parts, which is opened again" },
])("a turn that fails on every build is replayed five times, for a turn $kind", async ({ parts }) => {
  const { db } = opened;
  const seeded = await steps.seedReply(parts);
  let { turnId } = seeded.scope;
  let replays = 0;
  for (let build = 0; build < 8; build++) {
    await failTurn(db, { turnId, reason: "poison:broken", build: `build ${build}` });
    await serve(`build ${build + 1}`);
    const { rows } = await db.execute<{ provider_message_id: string; channel: string; account_id: string }>(
      sql`SELECT channel, account_id, provider_message_id FROM inbox WHERE state = 'pending'`,
    );
    const [message] = rows;
    if (message !== undefined) {
      replays++;
      const key = {
        channel: message.channel,
        accountId: message.account_id,
        providerMessageId: message.provider_message_id,
      };
      const acquired = await acquireTurn(db, await findInboxRow(db, key), { capMs: 0, capMessages: 1 });
      if (acquired.kind !== "acquired") throw new Error("The message did not get a turn.");
      turnId = acquired.turnId;
    } else if ((await readTurnState(turnId)) === "open") replays++;
    else break;
  }
  expect(replays).toBe(5);
});

it.each([{ parts: [] }, { parts: ["intended"] as const }])(
  "replays by an operator do not use up those by a build, for a turn with $parts.length parts",
  async ({ parts }) => {
    const turn = await steps.seedReply(parts);
    const { turnId } = turn.scope;
    const fail = async (build: string) => {
      await opened.db.execute(sql`UPDATE turns SET state = 'open', outcome = NULL, replayed_at = NULL`);
      await opened.db.execute(sql`UPDATE inbox SET turn_id = ${turnId}, state = 'in_turn'`);
      await failTurn(opened.db, { turnId, reason: "poison:broken", build });
    };
    for (let i = 0; i < 6; i++) {
      await fail("bad");
      expect(await steps.replay(turn)).toBe("replayed");
    }
    const { rows } = await opened.db.execute<{ replays: number }>(
      sql`SELECT greatest(max(t.replays), max(i.replays))::int AS replays FROM turns t, inbox i`,
    );
    expect(rows).toEqual([{ replays: 0 }]);
    await fail("bad");
    await serve("good");
    expect(await steps.letterOf(turn)).toBeNull();
  },
);

it("a turn whose statements were too slow is replayed by another build", async () => {
  const turn = await failOn("bad", "poison:too_slow");
  await serve("good");
  expect(await stateOf(turn)).toBe("pending");
});

it("a dead letter that needs an operator is not replayed by another build", async () => {
  const turn = await failOn("bad", "poison:unreadable");
  await serve("good");
  expect(await stateOf(turn)).toBe("failed");
});

it("restarts are counted for each build", async () => {
  const { scope } = await steps.seedOne();
  const restartsOn = async (build: string) =>
    (await findRunningTurn(opened.db, { conversationId: scope.conversationId, build }))?.restarts;
  for (let i = 0; i < 3; i++) await countRestart(opened.db, { turnId: scope.turnId, build: "a" });
  expect([await restartsOn("a"), await restartsOn("b")]).toEqual([3, 0]);
  await countRestart(opened.db, { turnId: scope.turnId, build: "b" });
  expect([await restartsOn("a"), await restartsOn("b")]).toEqual([0, 1]);
});

it("the health of a build counts the turns that fail on it and those that passed since", async () => {
  const [first, second] = await seedTurns(opened.db, opened.vault, 2);
  for (const turn of [first, second])
    await countRestart(opened.db, { turnId: turn?.scope.turnId ?? "", build: "bad" });
  expect(await readBuildHealth(opened.db, "bad")).toEqual({ failing: 2, passed: 0 });
  const healthy = await steps.seedReply(["accepted"]);
  await steps.endDelivery(healthy, "answered", "");
  expect(await readBuildHealth(opened.db, "bad")).toEqual({ failing: 2, passed: 1 });
  expect(await readBuildHealth(opened.db, "good")).toEqual({ failing: 0, passed: 0 });
});

it("a turn that was restarted hours ago and still works does not count its passes for turns that fail now", async () => {
  const { db } = opened;
  const [old, ...failing] = await seedTurns(db, opened.vault, 3);
  const restart = async (turn: SeededTurn | undefined) =>
    await countRestart(db, { turnId: turn?.scope.turnId ?? "", build: "bad" });
  await restart(old);
  for (let i = 0; i < 3; i++) await steps.endDelivery(await steps.seedReply(["accepted"]), "answered", "");
  await db.execute(sql`
    UPDATE turns SET restarted_at = restarted_at - interval '5 hours', opened_at = opened_at - interval '1 hour'`);
  for (const turn of failing) await restart(turn);
  const isSystemic = { failing: 3, passed: 0 };
  expect(await readBuildHealth(db, "bad")).toEqual(isSystemic);
  // No turn is restarted while all of them wait.
  await db.execute(sql`
    UPDATE turns SET restarted_at = restarted_at - interval '30 minutes', opened_at = opened_at - interval '30 minutes'`);
  expect(await readBuildHealth(db, "bad")).toEqual(isSystemic);
  await steps.endDelivery(await steps.seedReply(["accepted"]), "answered", "");
  expect(await readBuildHealth(db, "bad")).toEqual({ failing: 3, passed: 1 });
});
