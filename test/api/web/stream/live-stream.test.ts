import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { liveStream, type LiveStreamOptions } from "../../../../api/web/stream/live-stream.ts";
import { createWakeUp } from "../../../../api/web/stream/wake-up-signal.ts";
import type { StreamEvent } from "../../../../db/web/stream.ts";

const IN_AN_HOUR = new Date(Date.now() + 3_600_000);

function eventsAfter(after: number, count: number, text = "hello"): StreamEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const seq = after + i + 1;
    return { seq, id: `m${seq}`, at: new Date(0), kind: "message", text } as const;
  });
}

function openLiveStream(options: Partial<LiveStreamOptions> = {}) {
  const wakeUp = createWakeUp();
  const lines = liveStream({
    wakeUp,
    read: async () => [],
    isNotified: () => true,
    after: 0,
    expiresAt: IN_AN_HOUR,
    pace: { heartbeatMs: 3_600_000, pollMs: 3_600_000 },
    ...options,
  });
  return { wakeUp, lines };
}

/** The lines up to the first that matches. */
async function linesUntil(lines: AsyncIterable<string>, last: RegExp): Promise<string[]> {
  const seen: string[] = [];
  for await (const line of lines) {
    seen.push(line);
    if (last.test(line)) break;
  }
  return seen;
}

describe("the lines of a stream", () => {
  it("a stream sends the stored events, then a marker, then the events of each notification", async () => {
    const kept = eventsAfter(0, 2);
    const { wakeUp, lines } = openLiveStream({
      read: async (after) => kept.filter(({ seq }) => seq > after).slice(0, 1),
    });
    const first = await lines.next();
    expect(first.value).toBe("retry: 2000\n\n");
    const stored = [await lines.next(), await lines.next(), await lines.next()].map(({ value }) => value);
    expect(stored).toEqual([
      'id: 1\nevent: message\ndata: {"id":"m1","at":"1970-01-01T00:00:00.000Z","text":"hello"}\n\n',
      'id: 2\nevent: message\ndata: {"id":"m2","at":"1970-01-01T00:00:00.000Z","text":"hello"}\n\n',
      "event: ready\ndata: {}\n\n",
    ]);
    const next = lines.next();
    kept.push(...eventsAfter(2, 1));
    wakeUp.notify({ typing: true, news: true });
    expect((await next).value).toBe("event: typing\ndata: {}\n\n");
    expect((await lines.next()).value).toContain("id: 3\n");
  });

  it("a stream without events sends a comment as a heartbeat", async () => {
    const { lines } = openLiveStream({ pace: { heartbeatMs: 10, pollMs: 3_600_000 } });
    const seen = await linesUntil(lines, /^:/);
    expect(seen.at(-1)).toBe(": still here\n\n");
  });

  it("a stream polls while no notifications can arrive", async () => {
    let asked = 0;
    const read = async () => (++asked === 3 ? eventsAfter(0, 1) : []);
    const { lines } = openLiveStream({
      read,
      isNotified: () => false,
      pace: { heartbeatMs: 3_600_000, pollMs: 5 },
    });
    expect((await linesUntil(lines, /^id: 1/)).at(-1)).toContain("hello");
  });

  it("a stream ends with its session and sends the reason", async () => {
    const { lines } = openLiveStream({ expiresAt: new Date(Date.now() + 20) });
    expect((await linesUntil(lines, /event: end/)).at(-1)).toBe('event: end\ndata: {"reason":"expired"}\n\n');
  });

  it("a stream sends the stored events before the reason of its end", async () => {
    const { wakeUp, lines } = openLiveStream({
      read: async (after) => eventsAfter(after, after === 0 ? 1 : 0),
    });
    wakeUp.notify({ end: "restart" });
    const seen = await linesUntil(lines, /event: end/);
    expect(seen.map((line) => /event: (\w+)/.exec(line)?.[1])).toEqual([undefined, "message", "end"]);
  });

  it("a stream stays open while the database is unavailable", async () => {
    let asked = 0;
    const read = async () => {
      if (++asked < 3) throw Object.assign(new Error("no"), { code: "ECONNREFUSED" });
      return eventsAfter(0, 1);
    };
    const { lines } = openLiveStream({
      read,
      isNotified: () => false,
      pace: { heartbeatMs: 3_600_000, pollMs: 5 },
    });
    expect((await linesUntil(lines, /^id: 1/)).at(-1)).toContain("hello");
  });

  it("a stream that is not read does not read ahead in the database", async () => {
    const asked: number[] = [];
    const { lines } = openLiveStream({
      read: async (after) => {
        asked.push(after);
        return eventsAfter(after, 20, "x".repeat(4_000));
      },
    });
    const body = Readable.from(lines, { objectMode: false, highWaterMark: 16_384 });
    body.once("readable", () => undefined);
    await sleep(200);
    expect(asked).toEqual([0]);
    body.destroy();
  });
});
