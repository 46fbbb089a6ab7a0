import { expect, it } from "vitest";
import { createStoreInlined } from "../../activities/store-inlined.ts";
import type { Database } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { InlinedInput } from "../../workflows/types.ts";
import { runActivity } from "../support/activities/run-activity.ts";

const input: InlinedInput = {
  tenantId: "acme",
  channel: "webhook",
  accountId: "main",
  providerMessageId: "m1",
  inlined: "",
};

/** The delays before the next attempts, ms, while every attempt fails with this error. Null: the policy of the workflow. */
async function readDelays(failure: Error, attempts: number): Promise<(number | null)[]> {
  const fail = () => {
    throw failure;
  };
  const storeInlined = createStoreInlined({
    db: {} as Database,
    vault: { openForTenant: fail } as unknown as Vault,
    outages: { awaitAvailable: async () => undefined, extendHolds: () => undefined },
    stepHealth: { countPass: () => undefined, findPoison: async () => null },
  });
  const delays = [];
  for (let n = 0; n < attempts; n++) {
    const error = await runActivity(() => storeInlined(input)).then(
      () => null,
      (thrown: unknown) => thrown as { nextRetryDelay?: number },
    );
    delays.push(error?.nextRetryDelay ?? null);
  }
  return delays;
}

it("a failure that is no outage has a back-off of up to ten seconds, whatever its cause", async () => {
  const missing = new Error("Failed query", {
    cause: Object.assign(new Error("no table"), { code: "42P01" }),
  });
  for (const failure of [missing, new TypeError("undefined is not a function")])
    expect(await readDelays(failure, 8)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

it("after an outage the next attempt follows at once, also where the time of the step ended during the outage", async () => {
  const lost = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  const isOver = Object.assign(new Error("The step has ended."), { name: "AbortError" });
  for (const failure of [lost, isOver])
    expect(await readDelays(failure, 4)).toEqual([null, null, null, null]);
});
