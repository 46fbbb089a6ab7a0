import { expect, it } from "vitest";
import { backoffMs, createPauses } from "../../../../api/web/widget/pauses.ts";

it("the waits between tries double from half a second to 15 seconds, each plus or minus a quarter", () => {
  for (const [attempt, ms] of [
    [0, 500],
    [3, 4_000],
    [5, 15_000],
    [40, 15_000],
  ] as const) {
    const waits = Array.from({ length: 200 }, () => backoffMs(attempt));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(ms * 0.75);
    expect(Math.max(...waits)).toBeLessThanOrEqual(ms * 1.25);
    expect(new Set(waits).size).toBeGreaterThan(100);
  }
});

it("a wake-up ends all pauses, also those without an end", async () => {
  const { pause, wakeUp } = createPauses();
  const both = Promise.all([pause(Infinity), pause(60_000)]);
  wakeUp();
  await both;
});
