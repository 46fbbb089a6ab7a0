import { setTimeout as sleep } from "node:timers/promises";
import { asyncLocalStorage, type Context } from "@temporalio/activity";
import { expect, it } from "vitest";
import { createHeartbeat } from "../../../activities/retry/heartbeat.ts";

const unavailable = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

/** Runs `work` inside an activity and counts its heartbeats. */
async function runAsActivity<T>(
  info: { isLocal: boolean; heartbeatTimeoutMs?: number; retryPolicy?: { maximumAttempts: number } },
  work: () => Promise<T>,
): Promise<{ result: T; beats: number }> {
  let beats = 0;
  const context = { info, heartbeat: () => beats++ } as unknown as Context;
  const result = await asyncLocalStorage.run(context, work);
  return { result, beats };
}

it("heartbeats are sent while the work runs, and none after it", async () => {
  const { result, beats } = await runAsActivity({ isLocal: false }, async () => {
    await createHeartbeat().beatWhile(10, () => sleep(100));
    return "done";
  });
  expect(result).toBe("done");
  expect(beats).toBeGreaterThan(1);
  await sleep(50);
  expect(beats).toBeLessThan(11);
});

it("a local activity sends no heartbeats", async () => {
  const { beats } = await runAsActivity({ isLocal: true }, () =>
    createHeartbeat().beatWhile(10, () => sleep(50)),
  );
  expect(beats).toBe(0);
});

it("a query is repeated while Postgres is unavailable, with a heartbeat before each attempt", async () => {
  const failures = [unavailable(), unavailable()];
  const { result, beats } = await runAsActivity({ isLocal: false }, () =>
    createHeartbeat().retryWhileUnavailable(async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return "found";
    }),
  );
  expect(result).toBe("found");
  expect(beats).toBe(2);
});

it("a local model call waits for Postgres too, because it has only two attempts", async () => {
  const failures = [unavailable()];
  const { result } = await runAsActivity({ isLocal: true, retryPolicy: { maximumAttempts: 2 } }, () =>
    createHeartbeat().retryWhileUnavailable(async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return "found";
    }),
  );
  expect(result).toBe("found");
});

it.each([
  [
    "a local activity that is retried without limit",
    { isLocal: true, retryPolicy: { maximumAttempts: 0 } },
    unavailable(),
  ],
  ["an attempt after its heartbeat timeout", { isLocal: false, heartbeatTimeoutMs: -1 }, unavailable()],
  ["a query that Postgres rejects", { isLocal: false }, Object.assign(new Error("no"), { code: "23505" })],
])("%s does not repeat the query", async (_what, info, error) => {
  let queries = 0;
  const attempt = runAsActivity(info, () =>
    createHeartbeat().retryWhileUnavailable(async () => {
      queries++;
      throw error;
    }),
  );
  await expect(attempt).rejects.toBe(error);
  expect(queries).toBe(1);
});
