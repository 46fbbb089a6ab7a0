import { ApplicationFailure, CancelledFailure } from "@temporalio/activity";
import { DrizzleQueryError } from "drizzle-orm";
import { expect, it } from "vitest";
import { NotConfigured, classifyPoison } from "../../../activities/retry/classify-poison.ts";
import { openWithKey } from "../../../infra/runtime/encryption/keyring.ts";

const createCodedError = (code: string, message = "no") => Object.assign(new Error(message), { code });
const query = (cause: Error) => new DrizzleQueryError("SELECT 1", [], cause);

function unreadable(): unknown {
  try {
    return openWithKey(Buffer.alloc(32), Buffer.alloc(60), "label");
  } catch (error) {
    return error;
  }
}

it.each([
  ["a text that does not open", unreadable(), "poison:unreadable"],
  [
    "an account that is not there",
    new NotConfigured("webhook/main is not configured."),
    "poison:not_configured",
  ],
  ["a number that Postgres cannot read", query(createCodedError("22P02")), "poison:not_storable"],
  ["a row that breaks a constraint", query(createCodedError("23503")), "poison:not_storable"],
  ["a statement that Postgres ends at its time limit", query(createCodedError("57014")), "poison:too_slow"],
  ["a mistake of our own", new TypeError("x is undefined"), "poison:broken"],
  ["JSON that is none", new SyntaxError("Unexpected token"), "poison:broken"],
  ["an argument that Node refuses", createCodedError("ERR_INVALID_ARG_TYPE"), "poison:broken"],
  ["a row that has to be there", new Error("Turn 1 does not exist."), "poison:broken"],
])("%s is a permanent failure", (_what, error, reason) => {
  expect(classifyPoison(error)).toBe(reason);
});

it.each([
  ["Postgres that is shutting down", query(createCodedError("57P01"))],
  ["a deadlock", query(createCodedError("40P01"))],
  ["a table that a migration has still to make", query(createCodedError("42P01"))],
  ["a pool that has no connection in time", new Error("timeout exceeded when trying to connect")],
  ["a socket that was refused", createCodedError("ECONNREFUSED")],
  [
    "a request that found no server",
    new TypeError("fetch failed", { cause: createCodedError("UND_ERR_CONNECT_TIMEOUT") }),
  ],
  ["a call that was broken off", Object.assign(new Error("aborted"), { name: "AbortError" })],
  ["a step that was cancelled", new CancelledFailure("cancelled")],
  ["a send that comes back later", ApplicationFailure.nonRetryable("later", "DeliveryDeferred")],
])("%s is a transient error", (_what, error) => {
  expect(classifyPoison(error)).toBeNull();
});
