import { expect, it } from "vitest";
import { retryTransient } from "../../../infra/runtime/retry-transient.ts";

/** Fails with these messages in turn, then returns how often it was called. */
function createFlaky(failures: readonly string[]) {
  const left = [...failures];
  let calls = 0;
  return async () => {
    calls++;
    const message = left.shift();
    if (message !== undefined) throw new Error(message);
    return calls;
  };
}

const isBusy = (error: unknown) => error instanceof Error && error.message === "busy";

it("a transient error is retried until an attempt succeeds", async () => {
  expect(await retryTransient({ isTransient: isBusy, waitsMs: [0, 0] }, createFlaky(["busy", "busy"]))).toBe(
    3,
  );
});

it("the last transient error is thrown when no retry is left", async () => {
  const attempt = createFlaky(["busy", "busy", "busy"]);
  await expect(retryTransient({ isTransient: isBusy, waitsMs: [0, 0] }, attempt)).rejects.toThrow("busy");
  expect(await attempt()).toBe(4);
});

it("a permanent error is thrown without a retry", async () => {
  const attempt = createFlaky(["busy", "broken"]);
  await expect(retryTransient({ isTransient: isBusy, waitsMs: [0, 0] }, attempt)).rejects.toThrow("broken");
  expect(await attempt()).toBe(3);
});

it("the last wait repeats when there are more retries than waits, and each retried error is reported", async () => {
  const reported: unknown[] = [];
  const onRetry = (error: unknown) => reported.push(error);
  const policy = { isTransient: isBusy, waitsMs: [0], maxRetries: Infinity, onRetry };
  expect(await retryTransient(policy, createFlaky(["busy", "busy", "busy"]))).toBe(4);
  expect(reported).toEqual([new Error("busy"), new Error("busy"), new Error("busy")]);
});
