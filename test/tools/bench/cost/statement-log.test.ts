import { expect, it } from "vitest";
import { requireCounted } from "./count-messages.ts";
import { countStatements, totalOf } from "./count-statements.ts";
import { type LoggedStatement, parseStatements } from "./statement-log.ts";

const line = (transaction: number, rest: string) =>
  `<stmt 12|parley-worker|bench|${transaction}> LOG:  duration: 0.1 ms  ${rest}`;

it("an executed statement is read with its step, its transaction and all lines of its text", () => {
  const log = [
    line(0, "parse parley_1: select 1"),
    line(0, "execute parley_1/admit.7: select 1\n\tfrom inbox"),
    line(44, "statement: COMMIT"),
    "another line of the server",
  ].join("\n");
  expect(parseStatements(log)).toEqual([
    { ...common, hasWritten: false, step: "admit", text: "select 1\n\tfrom inbox" },
    { ...common, hasWritten: true, step: null, text: "COMMIT" },
  ]);
});

it("a commit waits for the disk if its transaction wrote and has not switched the wait off", () => {
  const counts = count([
    ["BEGIN", false, null],
    ["update turns", true, "record"],
    ["COMMIT", false, null],
    ["BEGIN", false, null],
    ["set local synchronous_commit = off", false, "retrieve"],
    ["update turns", true, "retrieve"],
    ["COMMIT", false, null],
    ["insert into inbox", true, null],
    ["select 1", false, "admit"],
  ]);
  expect(counts).toEqual({
    record: { statements: 3, synced_commits: 1, unsynced_commits: 0 },
    retrieve: { statements: 4, synced_commits: 0, unsynced_commits: 1 },
    other: { statements: 1, synced_commits: 1, unsynced_commits: 0 },
    admit: { statements: 1, synced_commits: 0, unsynced_commits: 0 },
  });
  expect(totalOf(counts)).toEqual({ statements: 9, synced_commits: 2, unsynced_commits: 1 });
});

it("a transaction that is rolled back commits nothing, and a savepoint does not end it", () => {
  const counts = count([
    ["BEGIN", false, null],
    ["update turns", true, "record"],
    ["rollback to savepoint sp1", true, null],
    ["ROLLBACK", false, null],
  ]);
  expect(counts).toEqual({ record: { statements: 4, synced_commits: 0, unsynced_commits: 0 } });
});

it("several statements in one text count each, and its commit counts too", () => {
  const counts = count([["BEGIN; update turns set state = 'closed'; COMMIT", true, "record"]]);
  expect(counts).toEqual({ record: { statements: 3, synced_commits: 1, unsynced_commits: 0 } });
});

it("a message of which the log shows no statement is not cheap: its count is refused", () => {
  const one = { statements: 1, synced_commits: 0, unsynced_commits: 0 };
  const steps = { ingress: one, admit: one, retrieve: one, generate: one, record: one, deliver: one };
  requireCounted(steps);
  expect(() => requireCounted({ ...steps, record: { ...one, statements: 0 } })).toThrow("record");
  expect(() => requireCounted({})).toThrow("ingress, admit");
});

const common = { backend: "12", application: "parley-worker", database: "bench" };

function count(statements: readonly (readonly [text: string, hasWritten: boolean, step: string | null])[]) {
  const logged = statements.map(([text, hasWritten, step]): LoggedStatement => ({
    ...common,
    text,
    hasWritten,
    step,
  }));
  return countStatements(logged, () => "other");
}
