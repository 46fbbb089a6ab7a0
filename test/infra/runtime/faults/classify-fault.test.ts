import { DrizzleQueryError } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { classifyFault } from "../../../../infra/runtime/faults/classify-fault.ts";
import type { Fault } from "../../../../infra/runtime/faults/fault.ts";
import { findNetworkFault } from "../../../../infra/runtime/faults/network-faults.ts";
import { classifyPostgresFault } from "../../../../infra/runtime/faults/postgres-faults.ts";
import { classifyRedisFault } from "../../../../infra/runtime/faults/redis-faults.ts";
import { classifyTemporalFault } from "../../../../infra/runtime/faults/temporal-faults.ts";
import { classifyVendorRefusal } from "../../../../infra/runtime/faults/vendor-faults.ts";
import { EgressRefused } from "../../../../infra/runtime/network/egress-refused.ts";

const SECRET = "hunter2";
const withCode = (code: string | number, message = SECRET) => Object.assign(new Error(message), { code });
const inQuery = (cause: Error) =>
  new DrizzleQueryError(`SELECT '${SECRET}', 'self-signed certificate'`, [], cause);
const reply = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });

function expectNamed({ kind, code, cause, fix }: Fault, wanted: { kind: string; code: string }): void {
  expect({ kind, code }).toEqual(wanted);
  expect(`${cause} ${fix}`).not.toContain(SECRET);
  expect(cause).toMatch(/^[A-Z].*\.$/);
  expect(fix).not.toBe("");
}

describe("PostgreSQL", () => {
  it.each([
    ["28P01", "", "configuration", "postgres.password_refused"],
    ["28000", "", "configuration", "postgres.user_refused"],
    ["3D000", "", "configuration", "postgres.unknown_database"],
    ["42501", "", "configuration", "postgres.permission_missing"],
    ["42P01", "", "configuration", "postgres.schema_missing"],
    ["42703", "", "configuration", "postgres.schema_missing"],
    ["42P05", "", "configuration", "postgres.statements_not_kept"],
    ["26000", "", "configuration", "postgres.statements_not_kept"],
    [
      "08P01",
      "unsupported startup parameter: statement_timeout",
      "configuration",
      "postgres.parameter_refused",
    ],
    [
      "08P01",
      "unsupported startup parameter in options: plan_cache_mode",
      "configuration",
      "postgres.parameter_refused",
    ],
    ["08P01", "no such database: shop", "configuration", "postgres.unknown_database"],
    ["08P01", "SASL authentication failed", "configuration", "postgres.password_refused"],
    ["08P01", "query_wait_timeout", "outage", "postgres.unavailable"],
    [
      "08P01",
      "server login has been failing, try again later (connect failed)",
      "outage",
      "postgres.unavailable",
    ],
    ["08P01", "no more connections allowed (max_client_conn)", "outage", "postgres.unavailable"],
    ["53300", "", "outage", "postgres.unavailable"],
    ["57P03", "", "outage", "postgres.unavailable"],
    ["57014", "", "outage", "postgres.unavailable"],
    ["40001", "", "outage", "postgres.unavailable"],
    ["08006", "", "outage", "postgres.unavailable"],
    ["22021", "", "input", "postgres.data_refused"],
    ["23505", "", "input", "postgres.data_refused"],
    ["42601", "", "defect", "postgres.statement_refused"],
  ])("%s %s is %s: %s", (state, message, kind, code) => {
    expectNamed(classifyPostgresFault(inQuery(withCode(state, message))), { kind, code });
    expect(classifyFault(inQuery(withCode(state, message)))?.code).toBe(code);
  });

  it.each([
    ["The server does not support SSL connections", "postgres.no_tls"],
    ["SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string", "postgres.password_refused"],
  ])('the driver\'s "%s" is a wrong configuration', (message, code) => {
    expectNamed(classifyPostgresFault(new Error(message)), { kind: "configuration", code });
  });
});

describe("Redis", () => {
  it.each([
    ["NOAUTH Authentication required.", "redis.password_refused"],
    ["WRONGPASS invalid username-password pair or user is disabled.", "redis.password_refused"],
    ["ERR AUTH <password> called without any password configured", "redis.password_refused"],
    ["NOPERM User parley has no permissions to run the 'evalsha' command", "redis.permission_missing"],
    ["MOVED 3999 10.0.0.7:6379", "redis.cluster_node"],
    ["CROSSSLOT Keys in request don't hash to the same slot", "redis.cluster_node"],
    ["ERR unknown command 'evalsha', with args beginning with:", "redis.command_missing"],
    ["ERR DB index is out of range", "redis.unknown_database"],
    ["ERR This instance has cluster support disabled", "redis.no_cluster"],
    ["READONLY You can't write against a read only replica.", "redis.read_only"],
    ["OOM command not allowed when used memory > 'maxmemory'.", "redis.memory_full"],
    ["MISCONF Redis is configured to save RDB snapshots", "redis.disk_refused"],
  ])("%s is a wrong configuration", (message, code) => {
    expectNamed(classifyRedisFault(reply(message)), { kind: "configuration", code });
    expect(classifyFault(reply(message))?.code).toBe(code);
  });

  it.each([
    [reply("LOADING Redis is loading the dataset in memory")],
    [reply("CLUSTERDOWN Hash slot not served")],
    [new Error("Connection is closed.")],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false")],
    [withCode("ECONNREFUSED")],
  ])("%s is an outage", (error) => {
    expectNamed(classifyRedisFault(error), { kind: "outage", code: "redis.unavailable" });
  });
});

describe("Temporal", () => {
  const grpc = (code: number, details = "") => Object.assign(new Error(details), { code, details });
  it.each([
    [5, "temporal.unknown_namespace"],
    [7, "temporal.permission_missing"],
    [12, "temporal.no_temporal"],
    [16, "temporal.key_refused"],
  ])("gRPC %s is a wrong configuration: %s", (status, code) => {
    expectNamed(classifyTemporalFault(grpc(status)), { kind: "configuration", code });
    expect(classifyFault(new Error("Failed to start Workflow", { cause: grpc(status) }))?.code).toBe(code);
  });

  it.each([
    [
      "No connection established. Last error: Error: self-signed certificate",
      "temporal.certificate_not_trusted",
    ],
    ["Last error: write EPROTO ... wrong version number:../deps/openssl", "temporal.no_tls"],
  ])('UNAVAILABLE with "%s" is a wrong configuration', (details, code) => {
    expectNamed(classifyTemporalFault(grpc(14, details)), { kind: "configuration", code });
  });

  it.each([[grpc(14, "connect ECONNREFUSED")], [grpc(4, "Deadline exceeded")], [grpc(8)]])(
    "%s is an outage",
    (error) => {
      expectNamed(classifyTemporalFault(error), { kind: "outage", code: "temporal.unavailable" });
    },
  );
});

describe("a Redis Cluster", () => {
  it.each([
    [reply("WRONGPASS invalid username-password pair"), "configuration", "redis.password_refused"],
    [withCode("CERT_HAS_EXPIRED"), "configuration", "redis.certificate_outdated"],
    [withCode("ECONNREFUSED"), "outage", "redis.unavailable"],
  ])("that no node lets in is named by the node's error %s", (lastNodeError, kind, code) => {
    const error = Object.assign(new Error("Failed to refresh slots cache."), { lastNodeError });
    expectNamed(classifyRedisFault(error), { kind, code });
    const named = Object.assign(error, { name: "ClusterAllFailedError" });
    expect(classifyFault(named)).toMatchObject({ kind, code });
  });
});

describe("networks and TLS", () => {
  it.each([
    ["SELF_SIGNED_CERT_IN_CHAIN", "certificate_not_trusted"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "certificate_not_trusted"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate_not_trusted"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "certificate_not_trusted"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate_for_other_host"],
    ["CERT_HAS_EXPIRED", "certificate_outdated"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "no_tls"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "client_certificate_refused"],
    ["ENOTFOUND", "unknown_host"],
  ])("%s is a wrong configuration of every service", (native, what) => {
    for (const service of ["postgres", "redis", "temporal", "model", "pinecone", "webhook"] as const) {
      const fault = findNetworkFault(service, new TypeError("fetch failed", { cause: withCode(native) }));
      expect(fault).toMatchObject({ kind: "configuration", code: `${service}.${what}` });
    }
  });

  it.each(["ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH"])(
    "%s is an outage",
    (native) => {
      expect(findNetworkFault("model", withCode(native))).toMatchObject({ kind: "outage" });
    },
  );

  it("a certificate that cannot be read is named, and not a socket", () => {
    const missing = Object.assign(withCode("ENOENT"), { syscall: "open" });
    expect(findNetworkFault("postgres", missing)).toMatchObject({ code: "postgres.file_missing" });
  });

  it("the words of a vendor's response say nothing about the network", () => {
    const expired = Object.assign(new Error("401 Authentication Error - Expired Key."), { status: 401 });
    expect(findNetworkFault("model", expired)).toBeNull();
  });

  it("an AggregateError is classified by its parts", () => {
    const both = new AggregateError([withCode("ECONNREFUSED"), withCode("ECONNREFUSED")]);
    expect(findNetworkFault("redis", both)).toMatchObject({ cause: "No server listens at its address." });
  });
});

describe("vendors", () => {
  it.each([
    [{ status: 401 }, "key_refused"],
    [{ status: 403 }, "permission_missing"],
    [{ status: 402 }, "quota_used_up"],
    [{ status: 429, code: "insufficient_quota" }, "quota_used_up"],
    [{ status: 404, code: "model_not_found" }, "not_found"],
    [{ status: 405 }, "not_found"],
    [{ status: 400, code: "unsupported_parameter", param: "max_tokens" }, "argument_refused"],
    [{ status: 400, code: "unsupported_value", param: "temperature" }, "argument_refused"],
    [{ status: 422, code: null, param: "safety_identifier" }, "argument_refused"],
  ])("%o is a wrong configuration", (refusal, what) => {
    expectNamed(classifyVendorRefusal("model", refusal, "gpt-4o"), {
      kind: "configuration",
      code: `model.${what}`,
    });
  });

  it.each([[{ status: 429 }], [{ status: 500 }], [{ status: 503 }], [{ status: 408 }]])(
    "%o is an outage",
    (refusal) => {
      expect(classifyVendorRefusal("pinecone", refusal, "the index").kind).toBe("outage");
    },
  );

  it.each([
    [{ status: 400, code: "invalid_request", param: "messages[3].content" }],
    [{ status: 400, code: null, param: "input[0]" }],
    [{ status: 400 }],
  ])("%o is about the words of one call", (refusal) => {
    expect(classifyVendorRefusal("model", refusal, "gpt-4o").kind).toBe("input");
  });
});

it("a target that the egress guard forbids is a wrong configuration", () => {
  expect(classifyFault(new EgressRefused("not_https"))).toMatchObject({
    kind: "configuration",
    code: "webhook.not_https",
  });
});

it("an error of no store and no vendor has no class here", () => {
  expect(classifyFault(new Error("x is not a function"))).toBeNull();
  expect(classifyFault("text")).toBeNull();
});
