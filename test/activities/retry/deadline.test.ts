import { expect, it } from "vitest";
import { createDeadline } from "../../../activities/retry/deadline.ts";
import { runActivity } from "../../support/activities/run-activity.ts";

const LIMITS = { startToCloseTimeoutMs: 20_000, scheduleToCloseTimeoutMs: 20_000 };

it("the second attempt of a local activity has what the first one left of the limit for both", async () => {
  const scheduledTimestampMs = Date.now() - 15_000;
  // The SDK gives each local attempt the time of the first one.
  const times = { scheduledTimestampMs, currentAttemptScheduledTimestampMs: scheduledTimestampMs };
  const deadline = await runActivity(async () => createDeadline(), { isLocal: true, ...LIMITS, ...times });
  expect(deadline.leftMs()).toBeLessThanOrEqual(5_000);
});

it("a step without a limit for all attempts has its whole time at each attempt", async () => {
  const scheduledTimestampMs = Date.now() - 3_600_000;
  const info = { isLocal: true, startToCloseTimeoutMs: 8_000, scheduledTimestampMs };
  const deadline = await runActivity(async () => createDeadline(), info);
  expect(deadline.leftMs()).toBeGreaterThan(0);
});

it("the times of a normal activity are the server's, so another clock of this host changes nothing", async () => {
  const times = { scheduledTimestampMs: 1_000, currentAttemptScheduledTimestampMs: 16_000 };
  const deadline = await runActivity(async () => createDeadline(), { isLocal: false, ...LIMITS, ...times });
  expect(deadline.leftMs()).toBeLessThanOrEqual(5_000);
  expect(deadline.leftMs()).toBeGreaterThan(0);
});
