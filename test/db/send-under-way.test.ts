import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createTelegramChannel } from "../../activities/channels/telegram.ts";
import { createSendPart } from "../../activities/send-part.ts";
import { createSendRates } from "../../activities/send-rates.ts";
import { deliveriesOfTurn } from "../../db/deliveries.ts";
import { findDelivery } from "../../db/receipts.ts";
import { deliveries } from "../../db/schema/deliveries.ts";
import { createTokenBuckets } from "../../db/token-buckets.ts";
import { createEgressGuard } from "../../infra/runtime/egress-guard.ts";
import { type OpenDatabase, openDatabase } from "../support/open-database.ts";
import { seedTurns } from "../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("send_under_way");
});
afterAll(() => opened.close());

/** What a second attempt makes of a part that another one marked as `sending` so long ago, on a channel that may not repeat. */
async function stateAfterSecondAttempt(markedSecondsAgo: number): Promise<string | undefined> {
  const { db, vault } = opened;
  const [seeded] = await seedTurns(db, vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  const { scope, part, address } = seeded;
  const updatedAt = sql`clock_timestamp() - make_interval(secs => ${markedSecondsAgo})`;
  await db
    .update(deliveries)
    .set({ state: "sending", attempt: 1, updatedAt })
    .where(eq(deliveries.id, part.id));
  const [row] = await deliveriesOfTurn(db, vault, scope);
  if (row === undefined) throw new Error("The part is gone.");
  const egress = createEgressGuard({ allowHttp: false, allowedHosts: [] });
  const sendPart = createSendPart({
    db,
    sendRates: createSendRates(createTokenBuckets(null)),
    reroute: () => Promise.reject(new Error("Nobody is linked here.")),
    windowOf: () => null,
  });
  const sending = {
    scope,
    channel: createTelegramChannel({
      egress,
      baseUrl: "https://telegram.test",
      now: () => new Date(),
      random: Math.random,
    }),
    account: {
      ...scope,
      channel: "telegram",
      sender: "1",
      externalId: null,
      secrets: { inbound: [], outbound: [] },
      settings: {},
      disabled: false,
    },
    envelope: {
      to: address,
      thread: "",
      author: "assistant",
      inReplyTo: [],
      sources: [],
      conversationId: scope.conversationId,
      parts: 1,
    },
  } as const;
  // A wait is thrown, for Temporal to come back after it.
  await sendPart(sending, row, []).catch(() => undefined);
  await egress.close();
  return (await findDelivery(db, part.id))?.state;
}

it("a part that may still be on its way is left alone, and given up as unknown only after the send must have ended", async () => {
  expect(await stateAfterSecondAttempt(0)).toBe("sending");
  expect(await stateAfterSecondAttempt(14)).toBe("sending");
  expect(await stateAfterSecondAttempt(17)).toBe("unknown");
});

it.each([-600_000, 600_000])(
  "whose clock is off by %i ms, a worker leaves alone what is on its way, and no more than that",
  async (skewMs) => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + skewMs });
    try {
      expect(await stateAfterSecondAttempt(14)).toBe("sending");
      expect(await stateAfterSecondAttempt(17)).toBe("unknown");
    } finally {
      vi.useRealTimers();
    }
  },
);
