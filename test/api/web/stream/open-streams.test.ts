import { expect, test } from "vitest";
import {
  createOpenStreams,
  type OpenStreams,
  type StreamEnd,
  type StreamPlace,
} from "../../../../api/web/stream/open-streams.ts";
import { eventually } from "../../../support/eventually.ts";

const owner = (visitor: string, network = "192.0.2.1") => ({ visitor, network, accountId: "main" });

function reserve(streams: OpenStreams, visitor: string, network?: string): StreamPlace {
  const place = streams.reserve(owner(visitor, network));
  if (typeof place === "string") throw new Error(place);
  return place;
}

/** A stream that records its ends. One that is read closes itself when it gets the reason. */
function openStream(streams: OpenStreams, { reads }: { reads: boolean }, place = reserve(streams, "ada")) {
  const state: { reasons: StreamEnd[]; destroyed: boolean } = { reasons: [], destroyed: false };
  place.open({
    end(reason) {
      state.reasons.push(reason);
      if (reads) place.release();
    },
    destroy() {
      state.destroyed = true;
      place.release();
    },
  });
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
  const places = ["ada", "bea"].map((visitor) => reserve(streams, visitor));
  expect(streams.reserve(owner("eve"))).toBe("process_full");
  places[0]?.release();
  expect(streams.reserve(owner("eve"))).toBeTypeOf("object");
});

test("a network with the maximum number of streams is full, and other networks are not", () => {
  const streams = createOpenStreams({ perNetwork: 2 });
  const places = ["ada", "bea"].map((visitor) => reserve(streams, visitor));
  expect(streams.reserve(owner("eve", "192.0.2.2"))).toBeTypeOf("object");
  expect(streams.reserve(owner("dan"))).toBe("network_full");
  places[0]?.release();
  expect(streams.reserve(owner("dan"))).toBeTypeOf("object");
});

test("a stream whose account is disabled or whose process stops while it opens ends as soon as it is open", async () => {
  const streams = createOpenStreams();
  const disabled = reserve(streams, "ada");
  streams.endAccounts(() => true);
  expect(openStream(streams, { reads: true }, disabled).reasons).toEqual(["disabled"]);
  const late = reserve(streams, "ada");
  const stopped = streams.endAll();
  expect(openStream(streams, { reads: true }, late).reasons).toEqual(["restart"]);
  await stopped;
});
