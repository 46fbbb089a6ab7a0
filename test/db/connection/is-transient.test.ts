import { DrizzleQueryError } from "drizzle-orm";
import { expect, it } from "vitest";
import { isTransient } from "../../../db/connection/is-transient.ts";

const createCodedError = (code: string) => Object.assign(new Error("no"), { code });
const failQuery = (code: string) => new DrizzleQueryError("SELECT 1", [], createCodedError(code));

it.each([
  ["a deadlock", failQuery("40P01")],
  ["a server that shuts down", failQuery("57P01")],
  ["a refused socket", createCodedError("ECONNREFUSED")],
  [
    "a request without a server",
    new TypeError("fetch failed", { cause: createCodedError("UND_ERR_SOCKET") }),
  ],
  ["an aborted call", Object.assign(new Error("aborted"), { name: "AbortError" })],
])("%s is a transient error", (_what, error) => {
  expect(isTransient(error)).toBe(true);
});

it.each([
  ["a broken constraint", failQuery("23505")],
  ["a value that Postgres cannot read", failQuery("22P02")],
  ["an invalid argument", createCodedError("ERR_INVALID_ARG_TYPE")],
  ["a mistake in the code", new TypeError("x is undefined")],
  ["a value that is not an error", "ECONNREFUSED"],
])("%s is not a transient error", (_what, error) => {
  expect(isTransient(error)).toBe(false);
});
