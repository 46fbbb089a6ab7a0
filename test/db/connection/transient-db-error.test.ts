import { expect, it } from "vitest";
import { isTransientDbError } from "../../../db/connection/postgres.ts";

const createPgError = (code: string) =>
  new Error("Failed query", { cause: Object.assign(new Error("no"), { code }) });

it("a full disk, full memory or a failing disk of Postgres is a transient error", () => {
  for (const code of ["53100", "53200", "53300", "58030"])
    expect(isTransientDbError(createPgError(code))).toBe(true);
});

it("a statement that Postgres rejects is no transient error", () => {
  for (const code of ["22001", "23505", "42P01"]) expect(isTransientDbError(createPgError(code))).toBe(false);
});
