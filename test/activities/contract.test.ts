import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createActivities } from "../../activities/index.ts";
import { FAILURES } from "../../workflows/failures.ts";
import * as policies from "../../workflows/policies.ts";

const FOLDER = fileURLToPath(new URL("../../activities", import.meta.url));
const contract = readFileSync(`${FOLDER}/contract.ts`, "utf8");
/** Nothing is called, so the activities need no dependencies. */
const names = Object.keys(createActivities({} as Parameters<typeof createActivities>[0]));
const entries = new Map(
  [...contract.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(\w+)\(/g)].map(
    ([, comment = "", name = ""]) => [name, comment.replaceAll(/\s*\n\s*\*\s*/g, " ").trim()],
  ),
);

it("the contract describes every activity, and each has a file with its name", () => {
  expect([...entries.keys()].toSorted()).toEqual(names.toSorted());
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));
  const expected = names.map(
    (name) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`,
  );
  expect(files.toSorted()).toEqual([...expected, "contract.ts", "index.ts"].toSorted());
});

it.each(names)("%s states its idempotency key, retry class, failures and time limit", (name) => {
  const entry = entries.get(name) ?? "";
  const order = ["Idempotency key: ", "Retry: ", "Failures: ", "Time limit: "].map((part) =>
    entry.indexOf(part),
  );
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(order).not.toContain(-1);
});

it.each(names)("%s states the time limits of its retry classes", (name) => {
  const entry = entries.get(name) ?? "";
  const used = Object.entries(policies).filter(([policy]) => new RegExp(`\\b${policy}\\b`).test(entry));
  expect(used).not.toEqual([]);
  const limits = used.map(([, policy]) =>
    typeof policy === "object" ? formatLimit(Number(policy.startToCloseTimeout)) : "",
  );
  const stated = [...entry.slice(entry.indexOf("Time limit: ")).matchAll(/(\d+) (s|m)/g)];
  expect(stated.map(([, value, unit]) => `${value}${unit}`).toSorted()).toEqual(limits.toSorted());
});

function formatLimit(ms: number): string {
  return ms < 120_000 ? `${ms / 1_000}s` : `${ms / 60_000}m`;
}

it("every failure type is stated for an activity, and no stated type is unknown", () => {
  const stated = [...entries.values()].flatMap((entry) => {
    const failures = entry.slice(entry.indexOf("Failures: "), entry.indexOf("Time limit: "));
    return [...failures.matchAll(/\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b|\bPoison\b/g)].map(([type]) => type);
  });
  expect([...new Set(stated)].toSorted()).toEqual(Object.values(FAILURES).toSorted());
});

it("the activities that end a turn as a dead letter, and only they, state Poison", () => {
  const index = readFileSync(`${FOLDER}/index.ts`, "utf8");
  const poisoned = [...index.matchAll(/(\w+): withLastAttempt\(/g)].map(([, name = ""]) => name);
  const stated = names.filter((name) => /Failures: .*\bPoison\b/.test(entries.get(name) ?? ""));
  expect(stated.toSorted()).toEqual(poisoned.toSorted());
});
