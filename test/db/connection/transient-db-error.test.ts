import { DrizzleQueryError } from "drizzle-orm";
import { expect, it } from "vitest";
import { isStoreError, isTransientDbError } from "../../../db/connection/postgres.ts";
import { classifyPoison } from "../../../activities/retry/classify-poison.ts";
import { classifyFault } from "../../../infra/runtime/faults/classify-fault.ts";

const withCode = (code: string) => Object.assign(new Error("no"), { code });
const failQuery = (cause: Error) => new DrizzleQueryError("SELECT 'connection timeout'", [], cause);

it.each(["53100", "53200", "53300", "58030", "40P01", "25P03", "57P05", "25006"])(
  "%s of Postgres is a transient error",
  (code) => {
    expect(isTransientDbError(failQuery(withCode(code)))).toBe(true);
  },
);

it.each(["22001", "23505", "42P01"])("%s, a rejected statement, is no transient error", (code) => {
  expect(isTransientDbError(failQuery(withCode(code)))).toBe(false);
});

it.each([
  withCode("EAI_AGAIN"),
  withCode("ENETUNREACH"),
  withCode("ENOENT"),
  withCode("CERT_HAS_EXPIRED"),
  withCode("ERR_TLS_CERT_ALTNAME_INVALID"),
  withCode("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"),
  new Error("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"),
  new Error("Connection terminated unexpectedly"),
])(
  "a connection that fails with %s is the store's error: the message is kept and its turn waits",
  (cause) => {
    for (const error of [cause, failQuery(cause)]) {
      expect(isStoreError(error)).toBe(true);
      expect(isTransientDbError(error)).toBe(true);
      expect(classifyPoison(error)).toBeNull();
    }
  },
);

it("an error in our code is not the store's, whatever words its statement has", () => {
  for (const error of [new TypeError("x is undefined"), failQuery(new TypeError("x is undefined"))]) {
    expect(isStoreError(error)).toBe(false);
    expect(classifyPoison(error)).toBe("poison:broken");
  }
});

it("a query that fails for a wrong certificate or host reports a wrong configuration", () => {
  expect(classifyFault(failQuery(withCode("CERT_HAS_EXPIRED")))).toMatchObject({
    kind: "configuration",
    code: "postgres.certificate_outdated",
  });
});
