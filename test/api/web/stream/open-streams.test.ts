import { expect, test } from "vitest";
import { createOpenStreams, type StreamEnd } from "../../../../api/web/stream/open-streams.ts";
import { eventually } from "../../../support/eventually.ts";

/** A stream as its owner sees it; one that reads goes away when it is told why. */
function openStream(streams: ReturnType<typeof createOpenStreams>, { reads }: { reads: boolean }) {
  const state: { told: StreamEnd[]; destroyed: boolean } = { told: [], destroyed: false };
  const forget = streams.add("ada", {
    end(reason) {
      state.told.push(reason);
      if (reads) forget();
    },
    destroy() {
      state.destroyed = true;
      forget();
    },
  });
  return state;
}

test("one stream too many ends the visitor's oldest, also where nobody reads what it is told", async () => {
  const streams = createOpenStreams();
  const [reading, silent, ...later] = [true, false, true, true].map((reads) =>
    openStream(streams, { reads }),
  );
  openStream(streams, { reads: true });
  expect(reading).toEqual({ told: ["replaced"], destroyed: false });
  openStream(streams, { reads: true });
  expect(silent?.told).toEqual(["replaced"]);
  await eventually("the end of the silent one", async () => silent?.destroyed === true);
  expect([reading?.destroyed, ...later.map(({ told }) => told.length)]).toEqual([false, 0, 0]);
});

test("a process that has as many as it can serve says so until one has gone", () => {
  const streams = createOpenStreams({ perProcess: 2 });
  const forget = ["ada", "bea"].map((visitor) =>
    streams.add(visitor, { end: () => undefined, destroy: () => undefined }),
  );
  expect(streams.isFull()).toBe(true);
  forget[0]?.();
  expect(streams.isFull()).toBe(false);
});
