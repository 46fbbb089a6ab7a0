import { ServiceError } from "@temporalio/client";
import { expect, it } from "vitest";
import type { InboundEvent } from "../../../api/channels/channel.ts";
import { eventually } from "../../support/eventually.ts";
import { failWith, idOf, messageOf, openDrain } from "../../support/ingest/open-drain.ts";

const deletion = (from: string, n: number): InboundEvent => ({
  kind: "delete",
  changeId: `${from}-${n}`,
  from,
  targetMessageId: `m${n}`,
  text: "",
  providerTime: null,
});
const times = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));

/** Temporal, with the workflows that it has accepted. `refuse` throws the failure of a start. */
function openTemporal(refuse: (id: string) => void = () => undefined) {
  const started: string[] = [];
  const startMessage = async ({ input }: { input: { providerMessageId: string } }) => {
    refuse(input.providerMessageId);
    started.push(input.providerMessageId);
  };
  return { started, starter: { startMessage } };
}

it("urgent entries that one missing permission holds back hide neither a later STOP nor a message", async (context) => {
  const { started, starter } = openTemporal();
  const { drain, stored, spool } = await openDrain(context, {
    events: [
      ...times(120, (n) => deletion("ann", n)),
      ...times(120, (n) => deletion(`contact ${n}`, n)),
      messageOf("STOP", "ben"),
      messageOf("hello", "cleo"),
    ],
    failOf: ({ event }) => (event.kind === "delete" || idOf(event) === "STOP" ? failWith("42501") : null),
    starter,
  });
  drain.start();
  await eventually("all workflows", async () => started.length === 241);
  expect(started.at(-1)).toBe("STOP");
  await eventually("the message", async () => stored.length === 1);
  expect(spool.counts()).toEqual({ waiting: 241, refused: 0 });
});

it("a STOP after hundreds of urgent entries that cannot be stored is stored", async (context) => {
  const { drain, stored } = await openDrain(context, {
    events: [...times(450, (n) => deletion(`contact ${n % 230}`, n)), messageOf("STOP", "ben")],
    failOf: ({ event }) => (event.kind === "delete" ? failWith("42501") : null),
  });
  drain.start();
  await eventually("the STOP", async () => stored.includes("STOP"));
});

it("messages that wait for the store hide no other contact, and keep their order", async (context) => {
  const contacts = times(250, (n) => `contact ${n}`);
  const isStuck = new Set(contacts.slice(0, 240));
  const events = times(3, (n) => contacts.map((from) => messageOf(`${from}: ${n}`, from))).flat();
  const { drain, stored } = await openDrain(context, {
    events,
    failOf: ({ event }) => ("from" in event && isStuck.has(event.from) ? failWith("55P03") : null),
  });
  drain.start();
  await eventually("the other contacts", async () => stored.length === 30);
  // The store recovers for one contact after another, in the middle of a pass.
  for (const from of contacts) {
    isStuck.delete(from);
    await new Promise(setImmediate);
  }
  await eventually("all messages", async () => stored.length === events.length);
  for (const from of contacts)
    expect(stored.filter((id) => id.startsWith(`${from}:`))).toEqual(times(3, (n) => `${from}: ${n}`));
});

it("without Postgres and its accounts an ingress inlines each urgent entry that Temporal accepts, and logs one warning", async (context) => {
  const invalid = Object.assign(new Error("3 INVALID_ARGUMENT"), { code: 3, details: "", metadata: {} });
  const { started, starter } = openTemporal((id) => {
    if (id === "stop") throw new ServiceError("Failed to start Workflow", { cause: invalid });
  });
  let rounds = 0;
  const { drain, spool, put, warnings } = await openDrain(context, {
    events: [messageOf("stop")],
    failOf: () => null,
    async findAccount() {
      rounds++;
      throw failWith("ECONNREFUSED");
    },
    starter,
  });
  const sealed = Buffer.from("sealed with another key");
  await spool.put({ tenantId: "main", partition: "x", isUrgent: true, sealed });
  await put(messageOf("STOP", "ben"));
  drain.start();
  await eventually("more rounds", async () => rounds > 3);
  expect(started).toEqual(["STOP"]);
  expect(warnings.filter((warning) => warning.includes("inlined"))).toHaveLength(1);
});

it("a STOP is inlined after the first entry that Postgres does not respond to, and a stop begins no further entry", async (context) => {
  const { started, starter } = openTemporal();
  const events = [messageOf("STOP"), ...times(100, (n) => messageOf(`m${n}`, `contact ${n}`))];
  const lost = failWith("ECONNREFUSED");
  const silent = await openDrain(context, { events, failOf: () => lost, starter });
  silent.drain.start();
  await eventually("the workflow", async () => started.length === 1);
  expect(silent.countTries()).toBeLessThanOrEqual(8);

  const isFirstTried = Promise.withResolvers<void>();
  const stopping = await openDrain(context, {
    events: events.slice(1),
    async failOf() {
      isFirstTried.resolve();
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw failWith("42501");
    },
  });
  stopping.drain.start();
  await isFirstTried.promise;
  await stopping.drain.stop();
  expect(stopping.countTries()).toBeLessThanOrEqual(8);
});
