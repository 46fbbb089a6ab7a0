import { expect, it, type TestContext } from "vitest";
import { sampleAccount } from "../../support/channels/samples.ts";
import { eventually } from "../../support/eventually.ts";
import { failWith, idOf, messageOf, openDrain } from "../../support/ingest/open-drain.ts";

/** Runs the drain on messages of one contact until the test ends. `failOf` gives the failure of a try, or null. */
async function drain(
  context: TestContext,
  failOf: (message: { id: string; tries: number }) => Error | null,
  ids: readonly string[] = ["m1", "m2"],
) {
  const opened = await openDrain(context, {
    events: ids.map((id) => messageOf(id)),
    failOf: ({ event, tries }) => failOf({ id: idOf(event), tries }),
  });
  opened.drain.start();
  return opened;
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

it("an entry is not stored for another tenant that has an account of the same name now", async (context) => {
  const account = sampleAccount({ tenantId: "acme", channel: "webhook" });
  const {
    drain: opened,
    spool,
    stored,
  } = await openDrain(context, {
    events: [messageOf("m1")],
    failOf: () => null,
    findAccount: async () => ({ ...account, disabled: false }),
  });
  opened.start();
  await eventually("the refused entry", async () => spool.counts().waiting === 0);
  expect(spool.counts()).toEqual({ waiting: 0, refused: 1 });
  expect(stored).toEqual([]);
});

it("a STOP is stored although an earlier entry of its contact waits for the store", async (context) => {
  const { spool, stored } = await drain(context, ({ id }) => (id === "STOP" ? null : failWith("42P01")), [
    "m1",
    "m2",
    "STOP",
  ]);
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
    refused,
  );
  await eventually("the second tries", async () => countTries() > 405);
  const before = countTries();
  await put(messageOf("STOP"));
  await eventually("the STOP", async () => stored.length === 1);
  expect(countTries() - before).toBeLessThan(50);
  expect(spool.counts()).toEqual({ waiting: 0, refused: 400 });
});
