import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GlobalHandlers } from "@temporalio/worker/lib/workflow/vm-shared.js";
import { NodePgPreparedQuery, NodePgSession } from "drizzle-orm/node-postgres";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { connectPostgres } from "../../../../db/connection/postgres.ts";
import { UserError } from "../../../../infra/runtime/errors.ts";
import { checkPatch, type PatchTarget } from "../../../../infra/runtime/patches/check-patch.ts";
import { installLeanSandbox, LEAN_SANDBOX_TARGETS } from "../../../../infra/runtime/patches/lean-sandbox.ts";
import { KEEP_STATEMENT_TARGETS } from "../../../../infra/runtime/patches/keep-statement.ts";
import { LOCAL_SETTINGS_TARGETS } from "../../../../infra/runtime/patches/local-settings.ts";
import { NAME_STATEMENTS_TARGETS } from "../../../../infra/runtime/patches/name-statements.ts";
import { POOLED_TRANSACTION_TARGETS } from "../../../../infra/runtime/patches/pooled-transaction.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

const TARGETS = [
  ...LEAN_SANDBOX_TARGETS,
  ...NAME_STATEMENTS_TARGETS,
  ...LOCAL_SETTINGS_TARGETS,
  ...KEEP_STATEMENT_TARGETS,
  ...POOLED_TRANSACTION_TARGETS,
];

describe.each(TARGETS)("the check of $code", (target: PatchTarget) => {
  it("passes for the installed version", () => {
    expect(() => checkPatch("a patch", [target])).not.toThrow();
  });

  it("fails for a changed source and names the patch, the code, both fingerprints and the remedy", () => {
    const changed = { ...target, read: () => `${target.read()?.toString()} ` };
    expect(() => checkPatch("infra/runtime/patches/some.ts", [changed])).toThrow(UserError);
    expect(() => checkPatch("infra/runtime/patches/some.ts", [changed])).toThrow(
      new RegExp(
        `^infra/runtime/patches/some\\.ts was written for .*\\(.*, source ${target.fingerprint}\\), but the installed source is [0-9a-f]{16}: install`,
      ),
    );
  });

  it("fails where the package no longer has the code", () => {
    expect(() => checkPatch("a patch", [{ ...target, read: () => undefined }])).toThrow("is missing");
  });
});

describe("a process with a changed dependency", () => {
  let restore = () => {};
  afterEach(() => restore());

  /** Replaces a method as another version of its package would. */
  function change(prototype: object, method: string): void {
    const original = Object.getOwnPropertyDescriptor(prototype, method) ?? {};
    Object.defineProperty(prototype, method, { ...original, value: () => "changed" });
    restore = () => Object.defineProperty(prototype, method, original);
  }
  const connect = () =>
    connectPostgres({
      url: "postgres://127.0.0.1:1/none",
      maxConnections: 1,
      applicationName: "test",
      onError: () => undefined,
    });

  it("does not connect to Postgres when pg's query changed", () => {
    change(pg.Client.prototype, "query");
    expect(connect).toThrow("Client.prototype.query of pg");
  });

  it("does not connect to Postgres when drizzle calls the connection in another way", () => {
    change(NodePgPreparedQuery.prototype, "execute");
    expect(connect).toThrow("NodePgPreparedQuery.prototype.execute");
  });

  it("does not connect to Postgres when drizzle's transaction changed", () => {
    change(NodePgSession.prototype, "transaction");
    expect(connect).toThrow("NodePgSession.prototype.transaction");
  });

  it("does not create a worker when the SDK's handlers changed", () => {
    const toString = () => "class GlobalHandlers { changed }";
    Object.defineProperty(GlobalHandlers, "toString", { value: toString, configurable: true });
    restore = () => void Reflect.deleteProperty(GlobalHandlers, "toString");
    expect(installLeanSandbox).toThrow("class GlobalHandlers of @temporalio/worker");
  });
});

it("no file outside the folder of patches replaces a function of another package or of Node", () => {
  const replaces =
    /\.prototype\.\w+\s*=[^=]|\.prototype, \{|(?<!typeof )\b(vm|v8|console|process|fs|http|https|crypto|pg|globalThis)\.[\w.]+ = |\bclient\.query = /;
  const files = ["activities", "api", "db", "infra", "workflows"].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })
      .map((name) => `${room}/${name}`)
      .filter((name) => name.endsWith(".ts")),
  );
  const found = files.filter((file) =>
    readFileSync(join(ROOT, file), "utf8")
      .split("\n")
      .some((line) => replaces.test(line) && !line.includes("process.exitCode = ")),
  );
  expect(found.toSorted()).toEqual([
    "infra/runtime/patches/lean-sandbox.ts",
    "infra/runtime/patches/local-settings.ts",
    "infra/runtime/patches/name-statements.ts",
    "infra/runtime/patches/strip-types.ts",
  ]);
});
