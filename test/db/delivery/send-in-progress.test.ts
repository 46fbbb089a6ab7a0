import { ApplicationFailure, asyncLocalStorage, type Context } from "@temporalio/activity";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { OutboundChannel } from "../../../activities/channels/channel.ts";
import { createTelegramChannel } from "../../../activities/channels/telegram.ts";
import { createTwilioSmsChannel } from "../../../activities/channels/twilio-sms.ts";
import { createSendReplyPart } from "../../../activities/delivery/send-reply-part.ts";
import { createSendRates } from "../../../activities/delivery/send-rates.ts";
import { type Delivery, findTurnDeliveries } from "../../../db/delivery/deliveries.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { createTokenBuckets } from "../../../db/connection/token-buckets.ts";
import { egressTo, sampleAccount } from "../../support/channels/samples.ts";
import { type HttpPeer, openHttpPeer } from "../../support/http-peer.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("send_under_way");
});
afterAll(() => opened.close());

const secondsAgo = (seconds: number) => sql`clock_timestamp() - make_interval(secs => ${seconds})`;
const HOUR_S = 3_600;

async function seedPart(part: object = {}): Promise<SeededTurn> {
  const [seeded] = await seedTurns(opened.db, opened.vault, 1);
  if (seeded === undefined) throw new Error("Nothing was seeded.");
  await change(seeded, { attempt: 0, ...part });
  return seeded;
}

async function change({ part }: SeededTurn, fields: object): Promise<void> {
  await opened.db.update(deliveries).set(fields).where(eq(deliveries.id, part.id));
}

async function partOf({ scope }: SeededTurn): Promise<Delivery> {
  const [row] = await findTurnDeliveries(opened.db, opened.vault, scope);
  if (row === undefined) throw new Error("The part is gone.");
  return row;
}

const telegramAt = ({ url: baseUrl }: HttpPeer) =>
  createTelegramChannel({ egress: egressTo(baseUrl), baseUrl, now: () => new Date(), random: Math.random });

/** A vendor that always answers this. */
const vendor = (status: number, answer: object) =>
  openHttpPeer((response) => response.writeHead(status).end(JSON.stringify(answer)));

/** One attempt as a worker makes it; how long Temporal is to wait before the next one, ms, or null where none comes. */
async function attempt(
  seeded: SeededTurn,
  channel: OutboundChannel,
  sendRates = createSendRates(createTokenBuckets(null)),
): Promise<unknown> {
  const { scope, address } = seeded;
  const sendPart = createSendReplyPart({
    db: opened.db,
    sendRates,
    reroute: () => Promise.reject(new Error("Nobody is linked here.")),
    holdMs: () => 0,
    windowOf: () => null,
  });
  const secrets = { inbound: [], outbound: ["1:secret"] };
  const account = {
    ...sampleAccount({
      tenantId: scope.tenantId,
      accountId: scope.accountId,
      channel: channel.name,
      externalId: "AC1",
      secrets,
    }),
    disabled: false,
  };
  const { conversationId } = scope;
  const about = { thread: "", author: "assistant", inReplyTo: [], sources: [], parts: 1 } as const;
  const deadline = { leftMs: () => Infinity };
  const sending = { scope, channel, account, deadline, envelope: { ...about, to: address, conversationId } };
  const part = await partOf(seeded);
  const { signal: cancellationSignal } = new AbortController();
  const context = { info: { isLocal: false }, cancellationSignal } as unknown as Context;
  try {
    await asyncLocalStorage.run(context, async () => await sendPart(sending, part, []));
    return null;
  } catch (error) {
    if (error instanceof ApplicationFailure) return error.nextRetryDelay;
    throw error;
  }
}

/** What a second attempt makes of a part that another one marked as `sending` so long ago, on a channel that may not repeat. */
async function stateAfterSecondAttempt(markedSecondsAgo: number): Promise<string> {
  const seeded = await seedPart({ state: "sending", attempt: 1, updatedAt: secondsAgo(markedSecondsAgo) });
  await attempt(seeded, telegramAt(await vendor(500, {})));
  return (await partOf(seeded)).state;
}

async function withClockOff<T>(skewMs: number, work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + skewMs });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}

it("a reply part that may still be in progress is not sent again, and becomes unknown only after the send must have ended", async () => {
  expect(await stateAfterSecondAttempt(0)).toBe("sending");
  expect(await stateAfterSecondAttempt(14)).toBe("sending");
  expect(await stateAfterSecondAttempt(17)).toBe("unknown");
});

describe.each([-600_000, 600_000])("a worker whose clock is off by %i ms", (skewMs) => {
  it("leaves alone what is on its way, and no more than that", async () => {
    await withClockOff(skewMs, async () => {
      expect(await stateAfterSecondAttempt(14)).toBe("sending");
      expect(await stateAfterSecondAttempt(17)).toBe("unknown");
    });
  });

  it("a worker defers a reply part for as long as the vendor says and respects the deferral of another worker", async () => {
    const peer = await vendor(429, { ok: false, error_code: 429, parameters: { retry_after: 60 } });
    const channel = telegramAt(peer);
    const seeded = await seedPart();
    expect(await withClockOff(skewMs, () => attempt(seeded, channel))).toBe(60_000);
    const { nextAttemptAt, updatedAt } = await partOf(seeded);
    expect(Math.round(((nextAttemptAt?.getTime() ?? 0) - updatedAt.getTime()) / 1_000)).toBe(60);
    await attempt(seeded, channel);
    await withClockOff(skewMs, () => attempt(seeded, channel));
    expect(peer.requests).toHaveLength(1);
    await change(seeded, { nextAttemptAt: secondsAgo(1) });
    await withClockOff(skewMs, () => attempt(seeded, channel));
    expect(peer.requests).toHaveLength(2);
  });

  it("a worker resumes at the time of the gate, not at the time of its own clock", async () => {
    const peer = await vendor(500, {});
    const channel = telegramAt(peer);
    const seeded = await seedPart();
    const waitMs = await withClockOff(skewMs, async () => {
      const rates = createSendRates(createTokenBuckets(null));
      const taken = { ...seeded.scope, to: seeded.address };
      while ((await rates.take(channel, taken)) === 0);
      return await attempt(seeded, channel, rates);
    });
    expect(waitMs).toBeGreaterThan(1_000);
    expect(waitMs).toBeLessThan(60_000);
    expect(peer.requests).toEqual([]);
  });

  it("asks what became of a lost answer for four hours, and gives it up after them", async () => {
    const peer = await vendor(500, {});
    const options = { egress: egressTo(peer.url), baseUrl: peer.url, now: () => new Date() };
    const channel = createTwilioSmsChannel(options);
    const lost = { state: "sending", attempt: 1, updatedAt: secondsAgo(60), nextAttemptAt: secondsAgo(1) };
    const young = await seedPart({ ...lost, firstAttemptAt: secondsAgo(4 * HOUR_S - 300) });
    const old = await seedPart({ ...lost, firstAttemptAt: secondsAgo(4 * HOUR_S + 300) });
    for (const seeded of [young, old]) await withClockOff(skewMs, () => attempt(seeded, channel));
    expect(peer.requests).toHaveLength(2);
    expect([await partOf(young), await partOf(old)]).toMatchObject([
      { state: "sending" },
      { state: "unknown", code: "reconciliation_unavailable" },
    ]);
  });
});
