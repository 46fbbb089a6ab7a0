import { expect, it } from "vitest";
import { isPostgresAway } from "../../db/postgres.ts";

const failed = (code: string) =>
  new Error("Failed query", { cause: Object.assign(new Error("no"), { code }) });

it("a server whose disk or memory is full, or whose disk fails, counts as away: a message goes to the next store", () => {
  for (const code of ["53100", "53200", "53300", "58030"]) expect(isPostgresAway(failed(code))).toBe(true);
});

it("a statement that was refused for what it says does not", () => {
  for (const code of ["22001", "23505", "42P01"]) expect(isPostgresAway(failed(code))).toBe(false);
});
