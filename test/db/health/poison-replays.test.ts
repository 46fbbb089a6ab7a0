import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createReplayPoison } from "../../../activities/worker/replay-poison.ts";
import { countRestart, findRunningTurn, readBuildHealth } from "../../../db/health/turn-restarts.ts";
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

const stateOf = async (turn: SeededTurn) => (await steps.readMessages(turn))[0]?.state;

it("a dead letter of the code is replayed once by each other build, and never by the build that failed", async () => {
  const turn = await failOn("bad", "poison:stuck");
  await serve("bad");
  expect(await stateOf(turn)).toBe("failed");
  await serve("good");
  expect(await stateOf(turn)).toBe("pending");
  expect(await steps.letterOf(turn)).toBeNull();
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
