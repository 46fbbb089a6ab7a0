import fc from "fast-check";
import { expect, it } from "vitest";
import { parseEvent, readEvents, type ServerEvent } from "../../../../api/web/widget/event-stream.ts";

const STREAM = [
  "retry: 2000\n\n",
  'id: 7\nevent: reply\ndata: {"text":"Grüße 🙂\\n\\nid: 9"}\n\n',
  ": still here\n\n",
  "event: typing\ndata: {}\n\n",
].join("");
const EVENTS: ServerEvent[] = [
  { name: "reply", seq: 7, data: { text: "Grüße 🙂\n\nid: 9" } },
  { name: "typing", seq: 0, data: {} },
];

it("a stream has the same events however the network cuts it, and every piece counts as a sign of life", async () => {
  const bytes = new TextEncoder().encode(STREAM);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: bytes.length })), async (cuts) => {
      const bounds = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const pieces = bounds.slice(1).map((end, i) => bytes.slice(bounds[i], end));
      let received = 0;
      const events: ServerEvent[] = [];
      for await (const event of readEvents(ReadableStream.from(pieces), () => received++)) events.push(event);
      expect(events).toEqual(EVENTS);
      expect(received).toBeGreaterThan(0);
    }),
    { numRuns: 50 },
  );
});

it("a comment of the stream is no event", () => {
  expect(parseEvent(": still here")).toBeNull();
  expect(parseEvent("retry: 2000")).toBeNull();
});
