import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { clockSkewMs, watchClock } from "../../../db/connection/watch-clock.ts";
import { eventually } from "../../support/eventually.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("watch_clock");
});
afterAll(() => opened.close());

const TEN_MINUTES_MS = 600_000;

async function alarmsWith(offsetMs: number): Promise<object[]> {
  const alarms: object[] = [];
  const [now, rounds] = [Date.now.bind(Date), { count: 0 }];
  const clock = vi.spyOn(Date, "now").mockImplementation(() => {
    rounds.count++;
    return now() + offsetMs;
  });
  const log = { error: (details: object) => void alarms.push(details) };
  const watch = watchClock({ db: opened.db, log, everyMs: 20 });
  try {
    await eventually("some looks", async () => alarms.length > 0 || rounds.count > 50);
  } finally {
    watch.stop();
    clock.mockRestore();
  }
  return alarms;
}

it("a clock that differs from the database's by ten minutes is reported, in both directions", async () => {
  for (const offset of [TEN_MINUTES_MS, -TEN_MINUTES_MS]) {
    const [alarm] = await alarmsWith(offset);
    const { skewMs } = alarm as { skewMs: number };
    expect(Math.round(skewMs / 10_000) * 10_000).toBe(offset);
  }
});

it("clocks that agree are not reported", async () => {
  expect(Math.abs(await clockSkewMs(opened.db))).toBeLessThan(60_000);
  expect(await alarmsWith(0)).toEqual([]);
});
