import { expect, test } from "vitest";
import { createOpenStreams, type StreamEnd } from "../../../../api/web/stream/open-streams.ts";
import { eventually } from "../../../support/eventually.ts";

/** A stream that records its ends. One that is read closes itself when it gets the reason. */
function openStream(streams: ReturnType<typeof createOpenStreams>, { reads }: { reads: boolean }) {
  const state: { reasons: StreamEnd[]; destroyed: boolean } = { reasons: [], destroyed: false };
  const forget = streams.add(
    { visitor: "ada", network: "192.0.2.1", accountId: "main" },
    {
      end(reason) {
        state.reasons.push(reason);
        if (reads) forget();
      },
      destroy() {
        state.destroyed = true;
        forget();
      },
    },
  );
  return state;
}

test("one stream too many ends the visitor's oldest stream, also if that stream is not read", async () => {
  const streams = createOpenStreams();
  const [reading, silent, ...later] = [true, false, true, true].map((reads) =>
    openStream(streams, { reads }),
  );
  openStream(streams, { reads: true });
  expect(reading).toEqual({ reasons: ["replaced"], destroyed: false });
  openStream(streams, { reads: true });
  expect(silent?.reasons).toEqual(["replaced"]);
  await eventually("the end of the silent one", async () => silent?.destroyed === true);
  expect([reading?.destroyed, ...later.map(({ reasons }) => reasons.length)]).toEqual([false, 0, 0]);
});

test("a process with the maximum number of streams is full until one of them closes", () => {
  const streams = createOpenStreams({ perProcess: 2 });
  const forget = ["ada", "bea"].map((visitor) =>
    streams.add(
      { visitor, network: "192.0.2.1", accountId: "main" },
      { end: () => undefined, destroy: () => undefined },
    ),
  );
  expect(streams.isFull()).toBe(true);
  forget[0]?.();
  expect(streams.isFull()).toBe(false);
});

test("a network with the maximum number of streams is full, and other networks are not", () => {
  const streams = createOpenStreams({ perNetwork: 2 });
  const add = (visitor: string, network: string) =>
    streams.add({ visitor, network, accountId: "main" }, { end: () => undefined, destroy: () => undefined });
  const forget = [add("ada", "192.0.2.1"), add("bea", "192.0.2.1")];
  add("eve", "192.0.2.2");
  expect(streams.isNetworkFull("192.0.2.1")).toBe(true);
  expect(streams.isNetworkFull("192.0.2.2")).toBe(false);
  forget[0]?.();
  expect(streams.isNetworkFull("192.0.2.1")).toBe(false);
});
