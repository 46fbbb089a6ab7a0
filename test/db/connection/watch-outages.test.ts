import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { createOutageState, watchOutages } from "../../../db/connection/watch-outages.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { loseAllResponses, openProxy } from "../../tools/faults/proxy/open-proxy.ts";
import { openPostgresReader } from "../../tools/faults/proxy/protocols/postgres-protocol.ts";
import { urlThroughProxy } from "../../tools/faults/proxy/proxied-url.ts";

const OLD_SERVER_MS = 3_600_000;

function openState() {
  let now = 1_000;
  const state = createOutageState(() => now);
  return { state, pass: (ms: number) => void (now += ms) };
}

it("nothing is sent before the first response of Postgres", () => {
  const { state } = openState();
  expect(state.holdMs()).toBeGreaterThan(0);
});

it("a process next to a server that runs for long holds nothing", () => {
  const { state } = openState();
  state.markAvailable(OLD_SERVER_MS);
  expect(state.holdMs()).toBe(0);
});

it("a process next to a server that was just restarted holds its sends for two seconds", () => {
  const { state, pass } = openState();
  state.markAvailable(5_000);
  expect(state.holdMs()).toBe(2_000);
  pass(2_000);
  expect(state.holdMs()).toBe(0);
});

it("after an outage sends are held until two seconds after the first response, however long the server has run", () => {
  const { state, pass } = openState();
  state.markAvailable(OLD_SERVER_MS);
  state.markUnavailable();
  pass(60_000);
  expect(state.holdMs()).toBeGreaterThan(0);
  state.markAvailable(OLD_SERVER_MS);
  pass(1_500);
  state.markAvailable(OLD_SERVER_MS);
  expect(state.holdMs()).toBe(500);
});

it("messages that are still coming in from outside prolong a hold, and for half a minute at most", () => {
  const { state, pass } = openState();
  state.markUnavailable();
  state.markAvailable(OLD_SERVER_MS);
  for (let ms = 0; ms < 29_900; ms += 100) {
    pass(100);
    state.extendHold();
    expect(state.holdMs()).toBeGreaterThan(0);
  }
  pass(600);
  state.extendHold();
  expect(state.holdMs()).toBe(0);
  state.extendHold();
  expect(state.holdMs()).toBe(0);
});

it("those who wait for Postgres continue with its first response", async () => {
  const { state } = openState();
  const waiting = state.awaitAvailable(60_000);
  state.markAvailable(OLD_SERVER_MS);
  await waiting;
});

it("a wait that ended at its limit is not ended a second time when Postgres responds", async () => {
  const { state } = openState();
  await Promise.all(Array.from({ length: 3 }, () => state.awaitAvailable(1)));
  const cleared = vi.spyOn(globalThis, "clearTimeout");
  onTestFinished(() => cleared.mockRestore());
  state.markAvailable(OLD_SERVER_MS);
  expect(cleared).not.toHaveBeenCalled();
});

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("watch_outages");
});
afterAll(() => opened.close());

/** A watch over a connection that a test may cut or silence. */
async function openWatch() {
  const proxy = await openProxy(opened.url, openPostgresReader);
  const watch = watchOutages({ databaseUrl: urlThroughProxy(opened.url, proxy), applicationName: "test" });
  onTestFinished(() => watch.stop());
  await eventually("the first response", async () => watch.holdMs() === 0);
  return { proxy, watch };
}

it("a watch notices that its connection is cut, and holds for a while after the server is back", async () => {
  const { proxy, watch } = await openWatch();
  await proxy.inject([{ kind: "down", probability: 1 }]);
  await eventually("a hold", async () => watch.holdMs() > 0);
  await proxy.inject([]);
  await eventually("the end of the hold", async () => watch.holdMs() === 0);
});

it("a watch notices a server that takes questions and does not respond", async () => {
  const { proxy, watch } = await openWatch();
  await proxy.inject([loseAllResponses({ connectionLeft: "hanging" })]);
  await eventually("a hold", async () => watch.holdMs() > 0);
  await proxy.inject([]);
  await eventually("the end of the hold", async () => watch.holdMs() === 0);
});

it("a message that one process stores after an outage prolongs the hold of another process", async () => {
  const { proxy, watch } = await openWatch();
  const { watch: storing } = await openWatch();
  await proxy.inject([{ kind: "down", probability: 1 }]);
  await eventually("a hold", async () => watch.holdMs() > 0);
  await proxy.inject([]);
  let shortest = Infinity;
  await eventually("a longer hold", async () => {
    storing.extendHolds();
    const holdMs = watch.holdMs();
    if (holdMs > shortest && shortest > 0) return true;
    shortest = holdMs;
    return false;
  });
});
