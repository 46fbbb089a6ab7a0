import { asyncLocalStorage, type Context } from "@temporalio/activity";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { createTwilioSmsChannel } from "../../../activities/channels/twilio-sms.ts";
import { createReconcilePart } from "../../../activities/delivery/reconcile-part.ts";
import type { SendContext } from "../../../activities/delivery/send-context.ts";
import { createSettlement } from "../../../activities/delivery/settlement.ts";
import { findTurnDeliveries } from "../../../db/delivery/deliveries.ts";
import { storeReceipt } from "../../../db/delivery/receipts.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { createTwilioFake } from "../../../infra/sandbox/fakes/twilio/twilio-fake.ts";
import { egressTo, sampleAccount } from "../../support/channels/samples.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { type SeededTurn, seedTurns } from "../../support/seed-turns.ts";

const signal = new AbortController().signal;
const CONTEXT = { info: { isLocal: false }, cancellationSignal: signal } as unknown as Context;
const TO = "+15550100161";
const TEXT = "An answer.";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase("reconcile_part");
});
afterAll(() => opened.close());

async function openSmsChannel(listedAfterMs = 0) {
  const { db, vault } = opened;
  const fake = createTwilioFake({ listedAfterMs });
  const baseUrl = await fake.listen(0);
  onTestFinished(async () => await fake.close());
  const channel = createTwilioSmsChannel({ egress: egressTo(baseUrl), baseUrl, now: () => new Date() });
  const account = sampleAccount({ channel: "twilio-sms", externalId: `AC${"a".repeat(32)}` });
  const envelope = { to: TO, thread: "", author: "assistant", inReplyTo: [], sources: [], parts: 1 } as const;
  const reconcilePart = createReconcilePart({ db, settlement: createSettlement({ db }) });

  const seed = async (tenantId?: string) => {
    const [seeded] = await seedTurns(db, vault, 1);
    if (seeded === undefined) throw new Error("Nothing was seeded.");
    const change = {
      state: "sending",
      attempt: 1,
      attemptedAt: sql`now()`,
      firstAttemptAt: sql`now()`,
    } as const;
    const owner = tenantId === undefined ? {} : { tenantId };
    await db
      .update(deliveries)
      .set({ ...change, ...owner })
      .where(eq(deliveries.id, seeded.part.id));
    return seeded;
  };
  const read = async ({ scope }: SeededTurn) => {
    const [part] = await findTurnDeliveries(db, vault, scope);
    if (part === undefined) throw new Error("The part does not exist.");
    return part;
  };
  return {
    seed,
    read,
    /** Sends the part, and stores the response unless it is lost. */
    async send(seeded: SeededTurn, fault?: { accept_then_drop: true } | { cut: true }) {
      fake.faults.replace(fault === undefined ? [] : [{ match: { method: "POST" }, times: 1, fault }]);
      const part = { ...envelope, conversationId: seeded.scope.conversationId, deliveryId: seeded.part.id };
      const sent = await channel.send(
        { ...part, text: TEXT, marks: [], part: 1, firstAttemptAt: new Date() },
        account,
        signal,
      );
      if (sent.kind !== "accepted") return;
      const change = { state: "accepted", providerId: sent.providerId } as const;
      await db.update(deliveries).set(change).where(eq(deliveries.id, seeded.part.id));
    },
    async reconcile(seeded: SeededTurn) {
      const { conversationId } = seeded.scope;
      const deadline = { leftMs: () => 60_000 };
      const sending = {
        scope: seeded.scope,
        channel,
        account,
        deadline,
        envelope: { ...envelope, conversationId },
      };
      const part = await read(seeded);
      return await asyncLocalStorage.run(CONTEXT, () =>
        reconcilePart(sending as unknown as SendContext, part),
      );
    },
    age: async ({ part }: SeededTurn, seconds: number) =>
      await db
        .update(deliveries)
        .set({ attemptedAt: sql`now() - make_interval(secs => ${seconds})` })
        .where(eq(deliveries.id, part.id)),
    sids: async () => {
      const response = await fetch(`${baseUrl}/__control/messages`);
      const { messages } = (await response.json()) as { messages: { sid: string }[] };
      return messages.map(({ sid }) => sid);
    },
  };
}

it("an empty list soon after a lost response does not permit a second send, and a later list finds the first one", async () => {
  // Long enough for the first question of a busy machine.
  const sms = await openSmsChannel(3_000);
  const seeded = await sms.seed();
  await sms.send(seeded, { accept_then_drop: true });
  await expect(sms.reconcile(seeded)).rejects.toMatchObject({
    type: "DeliveryDeferred",
    message: expect.stringContaining("list_may_lag") as string,
  });
  await expect.poll(() => sms.reconcile(seeded).catch(() => "deferred")).toBe("accepted");
  const [sid] = await sms.sids();
  expect(await sms.read(seeded)).toMatchObject({ state: "accepted", providerId: sid });
});

it("a part is sent again only when the list was empty long enough after the attempt", async () => {
  const sms = await openSmsChannel();
  const seeded = await sms.seed();
  await sms.send(seeded, { cut: true });
  await sms.age(seeded, 19);
  await expect(sms.reconcile(seeded)).rejects.toMatchObject({ type: "DeliveryDeferred" });
  await sms.age(seeded, 20);
  expect(await sms.reconcile(seeded)).toBeNull();
});

it("two equal texts at the same time are two sends", async () => {
  const sms = await openSmsChannel();
  const first = await sms.seed();
  const second = await sms.seed(first.scope.tenantId);
  const third = await sms.seed(first.scope.tenantId);
  await sms.send(first);
  await sms.send(second, { accept_then_drop: true });
  await sms.send(third, { cut: true });
  const [, sid] = await sms.sids();
  await sms.age(third, 60);
  expect(await sms.reconcile(second)).toBe("accepted");
  expect(await sms.read(second)).toMatchObject({ providerId: sid });
  expect(await sms.reconcile(third)).toBeNull();
});

it("a callback with our id ends the search before the list is asked", async () => {
  const sms = await openSmsChannel();
  const seeded = await sms.seed();
  const { tenantId, channel, accountId } = seeded.scope;
  const code = { code: null, providerTime: null };
  await storeReceipt(opened.db, {
    ...code,
    tenantId,
    channel,
    accountId,
    providerId: "SM1",
    state: "accepted",
    deliveryId: seeded.part.id,
  });
  expect(await sms.read(seeded)).toMatchObject({ state: "accepted", providerId: "SM1" });
});
