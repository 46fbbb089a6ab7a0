import { and, eq } from "drizzle-orm";
import { deliveries } from "../../../../db/schema/deliveries.ts";
import { channelAccounts } from "../../../../db/schema/tenants.ts";
import { eventually } from "../../../support/eventually.ts";
import { sendTelegram } from "../../../support/channels/send-telegram.ts";
import { type Scenario, runTimes, type ScenarioContext, withFaults } from "../scenario.ts";

const HOOK = { path: "/hooks" };
const TEXTS = { path: "/2010-04-01", method: "POST" } as const;
const CHATS = { path: "/*/sendMessage" };
const QUESTION = "Can I return a pump?";
const EACH = 4;

const hooks = async ({ parley, newContact }: ScenarioContext) =>
  (await runTimes(EACH, () => parley.sendWebhook({ from: newContact(), text: QUESTION }))).map(
    ({ id }) => id,
  );
const texts = async ({ parley, newPhoneNumber }: ScenarioContext) =>
  (await runTimes(EACH, () => parley.sendSms({ from: newPhoneNumber(), text: QUESTION }))).map(
    ({ sid }) => sid,
  );

/** Sends that are accepted late or never. */
export const sends: Scenario = {
  name: "sends that are refused, lost, slow or deferred",
  async run(context) {
    const { sink, twilio, telegram } = context.parley;
    await withFaults(sink, [{ match: HOOK, times: EACH, fault: { status: 503 } }], async () => {
      const ids = await hooks(context);
      await pause(1_500);
      await context.keepOpenRuns();
      await context.awaitEnds(ids);
    });
    await withFaults(sink, [{ match: HOOK, times: EACH, fault: { accept_then_drop: true } }], async () =>
      context.awaitEnds(await hooks(context)),
    );
    // So slow that later replies of the account go over the queue for sends.
    await withFaults(sink, [{ match: HOOK, times: EACH, fault: { delay_ms: 6_000 } }], async () =>
      context.awaitEnds(await hooks(context)),
    );
    await withFaults(sink, [{ match: HOOK, times: null, fault: { status: 400 } }], async () =>
      context.awaitEnds(await hooks(context)),
    );
    await withFaults(twilio, [{ match: TEXTS, times: EACH, fault: { accept_then_drop: true } }], async () =>
      context.awaitEnds(await texts(context)),
    );
    await withFaults(twilio, [{ match: TEXTS, times: EACH, fault: { cut: true } }], async () =>
      context.awaitEnds(await texts(context)),
    );
    await withFaults(
      telegram,
      [{ match: CHATS, times: 3, fault: { status: 429, headers: { "retry-after": "1" } } }],
      async () => {
        const sent = await runTimes(3, (i) =>
          sendTelegram(context.parley, { chat: 5_100_001 + i, text: QUESTION }),
        );
        await context.awaitEnds(sent.map(({ id }) => id));
      },
    );
    await withFaults(sink, [{ match: HOOK, times: null, fault: { status: 410 } }], async () =>
      context.awaitEnds(await hooks(context)),
    );
    // The receiver had responded with 410 Gone.
    await context.parley.db.update(channelAccounts).set({ disabledAt: null });
  },
};

/** Replies that wait for a vendor, until an accepted send on the account ends their waits. */
export const endedWaits: Scenario = {
  name: "waits that end with the outage of the vendor",
  async run(context) {
    const { twilio, db } = context.parley;
    const waiting = await withFaults(
      twilio,
      [{ match: TEXTS, times: null, fault: { status: 503 } }],
      async () => {
        const ids = await texts(context);
        await eventually("two attempts of each", async () => {
          const isWaiting = and(eq(deliveries.state, "intended"), eq(deliveries.attempt, 2));
          return (await db.$count(deliveries, isWaiting)) >= EACH;
        });
        return ids;
      },
    );
    await context.awaitEnds([...waiting, ...(await texts(context))]);
  },
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
