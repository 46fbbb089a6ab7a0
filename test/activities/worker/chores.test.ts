import { afterAll, beforeAll, expect, it } from "vitest";
import { type Chore, createRunChores } from "../../../activities/worker/chores.ts";
import { listAlerts } from "../../../db/health/alerts.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("chores");
});
afterAll(() => opened.close());

it("a chore that fails does not end the round, is retried after its pause, and becomes an alert until it succeeds", async () => {
  let now = 0;
  let isBroken = true;
  const ran: string[] = [];
  const chore = (name: string, retryMs: number, run: () => void): Chore => ({
    name,
    everyMs: 0,
    retryMs,
    async run() {
      ran.push(name);
      run();
      return false;
    },
  });
  const chores = [
    chore("partitions", 300_000, () => {
      if (isBroken) throw new Error("canceling statement due to lock timeout");
    }),
    chore("unstarted_messages", 1_000, () => undefined),
  ];
  const log = createLog({ level: "silent", name: "test" });
  const runChores = createRunChores(chores, { db: opened.db, log, now: () => now });
  for (; now <= 600_000; now += 100_000) await runChores();
  expect(ran.filter((name) => name === "partitions")).toHaveLength(3);
  expect(ran.filter((name) => name === "unstarted_messages")).toHaveLength(7);
  const alerts = await listAlerts(opened.db);
  expect(alerts.map(({ name }) => name)).toEqual(["chore:partitions"]);
  expect(alerts[0]?.detail).toContain("failed 3 times");
  isBroken = false;
  now = 1_200_000;
  await runChores();
  expect(await listAlerts(opened.db)).toEqual([]);
});

it("a stop ends the round after the chore that is under way", async () => {
  const ran: string[] = [];
  let isStopped = false;
  const chores = ["first", "second"].map((name) => ({
    name,
    everyMs: 0,
    retryMs: 1_000,
    async run() {
      ran.push(name);
      isStopped = true;
      return true;
    },
  }));
  const log = createLog({ level: "silent", name: "test" });
  await createRunChores(chores, { db: opened.db, log, isStopped: () => isStopped })();
  expect(ran).toEqual(["first"]);
});
