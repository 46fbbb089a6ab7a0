import { ApplicationFailure } from "@temporalio/activity";
import { expect, it } from "vitest";
import { createReconcilePart } from "../../../activities/delivery/reconcile-part.ts";
import type { Delivery } from "../../../db/delivery/deliveries.ts";
import { DUPLICATE_ACCEPTED } from "../../../db/dead-letters/replay-dead-letter.ts";

const DAY_MS = 24 * 3_600_000;
const KEY_LIVES_MS = DAY_MS - 60_000;

/** The end of a part that lost its response: a state, or null where it is sent again. */
async function reconcile(
  channel: { keyLivesMs?: number },
  part: Partial<Delivery>,
): Promise<[string | null, unknown]> {
  const settled: { code?: string | null }[] = [];
  const settle = async (_part: unknown, result: { state: Delivery["state"]; code?: string | null }) => {
    settled.push(result);
    return result.state;
  };
  const settleAcceptance = () => Promise.reject(ApplicationFailure.nonRetryable("No vendor is asked here."));
  const reconcilePart = createReconcilePart({ db: {} as never, settlement: { settle, settleAcceptance } });
  const sending = { channel: { deliveryClass: "idempotency-key", ...channel } };
  const end = await reconcilePart(sending as never, { code: "timeout", ...part } as Delivery);
  return [end, settled[0]?.code];
}

it("a lost send is repeated for as long as the vendor drops the repetition, and is unknown afterwards", async () => {
  const line = { keyLivesMs: KEY_LIVES_MS };
  expect(await reconcile(line, { triedForMs: KEY_LIVES_MS - 1 })).toEqual([null, undefined]);
  expect(await reconcile(line, { triedForMs: KEY_LIVES_MS })).toEqual(["unknown", "retry_key_expired"]);
  expect(await reconcile({}, { triedForMs: 30 * DAY_MS })).toEqual([null, undefined]);
});

it("an agent who accepts that the contact reads a text twice sends it again after the vendor has forgotten its key", async () => {
  const accepted = { triedForMs: 2 * DAY_MS, code: DUPLICATE_ACCEPTED };
  expect(await reconcile({ keyLivesMs: KEY_LIVES_MS }, accepted)).toEqual([null, undefined]);
});
