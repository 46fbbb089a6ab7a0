import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, it, type TestContext } from "vitest";
import { createDrainSpool } from "../../../api/ingest/drain-spool.ts";
import { sealEvent } from "../../../api/ingest/spooled-event.ts";
import { openSpool } from "../../../db/inbound/spool.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { sampleAccount } from "../../support/channels/samples.ts";
import { eventually } from "../../support/eventually.ts";

/** The error of drizzle: the one of PostgreSQL is its cause. */
const failWith = (code: string, fields: object = {}) =>
  new Error("Failed query", { cause: Object.assign(new Error("refused"), { code, ...fields }) });

interface Draining {
  /** The texts of messages of one contact, which are their ids too. */
  ids?: readonly string[];
  retryRefusedMs?: number;
}

/** Runs the drain on messages of one contact until the test ends. `failOf` gives the failure of a try, or null. */
async function drain(
  { onTestFinished }: TestContext,
  failOf: (message: { id: string; tries: number }) => Error | null,
  { ids = ["m1", "m2"], retryRefusedMs = 20 }: Draining = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "parley-spool-"));
  const vault = createConfiguredVault(loadConfig(inject("sandboxEnv")));
  const spool = openSpool({ folder, limitBytes: 1_000_000 });
  const account = sampleAccount({ tenantId: "main", channel: "webhook" });
  const context = { receivedAt: new Date(), quietMs: 0 };
  const stored: string[] = [];
  const errors: string[] = [];
  let tries = 0;
  const put = async (id: string) => {
    const message = { providerMessageId: id, from: "ann", text: id, providerTime: null };
    await spool.put(sealEvent(vault, account, { event: { kind: "message", ...message }, context }));
  };
  for (const id of ids) await put(id);
  const drainSpool = createDrainSpool({
    spool,
    vault,
    findAccount: async () => account as never,
    async ingestEvent(_account, event) {
      const { providerMessageId: id } = event as { providerMessageId: string };
      tries++;
      const failure = failOf({ id, tries });
      if (failure !== null) throw failure;
      stored.push(id);
      return "stored";
    },
    inlineUrgent: async () => false,
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (_details, message) => void errors.push(message),
    },
    retryRefusedMs,
  });
  drainSpool.start();
  onTestFinished(async () => {
    await drainSpool.stop();
    spool.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { spool, stored, errors, put, countTries: () => tries };
}

/** A missing table, a missing column, a permission, a row without a partition, an internal error, a read-only server, a full disk ... */
it.concurrent.for([
  "42P01",
  "42703",
  "42501",
  "XX000",
  "25006",
  "40P01",
  "53100",
  "53200",
  "53300",
  "57P03",
  "23514",
])("entries wait in their order for as long as PostgreSQL reports %s", async (code, context) => {
  const { spool, stored, errors, countTries } = await drain(context, ({ tries }) =>
    tries < 9 ? failWith(code) : null,
  );
  await eventually("six tries", async () => countTries() > 5);
  expect(spool.counts()).toEqual({ waiting: 2, refused: 0 });
  await eventually("both entries", async () => stored.length === 2);
  expect(stored).toEqual(["m1", "m2"]);
  expect(spool.counts()).toEqual({ waiting: 0, refused: 0 });
  expect(errors).toEqual(["Postgres does not accept the entries of the spool"]);
});

it.concurrent.for<[name: string, failure: Error]>([
  ["a value beyond a limit", failWith("54000")],
  ["a value that is no text", failWith("22021")],
  ["a broken constraint", failWith("23514", { constraint: "positive" })],
  ["an error in our code", new TypeError("undefined is not a function")],
])(
  "an entry with %s is set aside at once, tried again and stored when it can be",
  async ([, failure], context) => {
    let isMended = false;
    const { spool, stored, errors } = await drain(context, ({ id }) =>
      id === "m1" && !isMended ? failure : null,
    );
    await eventually("the later entry", async () => stored.length === 1 && spool.counts().waiting === 0);
    expect(stored).toEqual(["m2"]);
    expect(spool.counts()).toEqual({ waiting: 0, refused: 1 });
    await eventually("a second try", async () =>
      errors.includes("entries of the spool still cannot be stored"),
    );
    isMended = true;
    await eventually("the entry that was set aside", async () => stored.length === 2);
    await eventually("an empty spool", async () => spool.counts().refused === 0);
    expect(errors[0]).toBe("an entry of the spool cannot be stored and is set aside");
  },
);

it("a STOP is stored although an earlier entry of its contact waits for the store", async (context) => {
  const { spool, stored } = await drain(context, ({ id }) => (id === "STOP" ? null : failWith("42P01")), {
    ids: ["m1", "m2", "STOP"],
  });
  await eventually("the STOP", async () => stored.length === 1);
  expect(stored).toEqual(["STOP"]);
  expect(spool.counts()).toEqual({ waiting: 2, refused: 0 });
});

it("a STOP that arrives during the tries of thousands of refused entries is stored next", async (context) => {
  const refused = Array.from({ length: 400 }, (_, n) => `m${n}`);
  const failure = new TypeError("undefined is not a function");
  const { spool, stored, put, countTries } = await drain(
    context,
    ({ id }) => (id === "STOP" ? null : failure),
    {
      ids: refused,
    },
  );
  await eventually("the second tries", async () => countTries() > 405);
  const before = countTries();
  await put("STOP");
  await eventually("the STOP", async () => stored.length === 1);
  expect(countTries() - before).toBeLessThan(50);
  expect(spool.counts()).toEqual({ waiting: 0, refused: 400 });
});
