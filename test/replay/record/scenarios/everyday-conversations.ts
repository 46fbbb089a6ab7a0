import { tenants } from "../../../../db/schema/tenants.ts";
import { eventually } from "../../../support/eventually.ts";
import { sendTelegram } from "../../../support/channels/send-telegram.ts";
import { postWhatsapp, whatsappText } from "../../../support/channels/post-whatsapp.ts";
import { type Scenario, runTimes, type ScenarioContext, withFaults } from "../scenario.ts";

const MODEL = { path: "/v1/responses" };
const QUESTIONS = [
  "Can I return a pump?",
  "How many days do I have to return something?",
  "When is a refund paid?",
] as const;

/** Ordinary messages on four channels. */
export const calmMessages: Scenario = {
  name: "calm messages on four channels",
  async run(context) {
    const { parley, pick } = context;
    const webhooks = await runTimes(24, () =>
      parley.sendWebhook({ from: context.newContact(), text: pick(QUESTIONS) }),
    );
    const texts = await runTimes(10, () =>
      parley.sendSms({ from: context.newPhoneNumber(), text: pick(QUESTIONS) }),
    );
    const chats = await runTimes(6, (i) =>
      sendTelegram(parley, { chat: 5_000_001 + i, text: pick(QUESTIONS) }),
    );
    const whatsapps = await runTimes(6, async (i) => {
      const id = `wamid.calm${i}`;
      await postWhatsapp(parley, whatsappText({ id, from: `1555030${1000 + i}`, body: pick(QUESTIONS) }));
      return { id };
    });
    await context.awaitEnds([
      ...texts.map(({ sid }) => sid),
      ...[...webhooks, ...chats, ...whatsapps].map(({ id }) => id),
    ]);
  },
};

/** Several messages of one contact in a short time: one turn answers all of them. */
export const bursts: Scenario = {
  name: "bursts",
  async run(context) {
    const { parley } = context;
    const quick = await runTimes(6, async () => {
      const from = context.newPhoneNumber();
      // Each message arrives within the quiet window of the one before it and joins its turn.
      return await runTimes(3, async (i) => {
        await pause(i * 300);
        return await parley.sendSms({ from, text: `line ${i} of three` });
      });
    });
    await context.awaitEnds(quick.flat().map(({ sid }) => sid));
    const slow = { match: MODEL, times: null, fault: { delay_ms: 1_500 } };
    await withFaults(parley.openai, [slow], async () => {
      const during = await runTimes(6, async () => {
        const from = context.newContact();
        const first = await parley.sendWebhook({ from, text: "Can I return a lamp?" });
        await pause(600);
        return [first, await parley.sendWebhook({ from, text: "And a horn?" })];
      });
      await context.keepOpenRuns();
      await context.awaitEnds(during.flat().map(({ id }) => id));
    });
  },
};

/** A contact writes many messages during model calls: the run continues as new. */
export const longTalks: Scenario = {
  name: "conversations that outgrow a run",
  async run(context) {
    const { parley } = context;
    await withFaults(parley.openai, [{ match: MODEL, times: null, fault: { delay_ms: 900 } }], async () => {
      const sent = await runTimes(5, async () => {
        const from = context.newContact();
        const ids: string[] = [];
        for (let i = 0; i < 14; i++) {
          ids.push((await parley.sendWebhook({ from, text: `Line ${i}: can I return a pump?` })).id);
          await pause(450);
        }
        return ids;
      });
      await context.keepOpenRuns();
      await context.awaitEnds(sent.flat());
    });
  },
};

export const supersededAnswers: Scenario = {
  name: "replies superseded by a newer message",
  async run(context) {
    const { parley } = context;
    await parley.db.update(tenants).set({ supersede: "regenerate" });
    await withFaults(parley.openai, [{ match: MODEL, times: null, fault: { delay_ms: 1_200 } }], async () => {
      const sent = await runTimes(6, () => sendCorrection(context));
      await context.awaitEnds(sent.flat());
    });
    await parley.db.update(tenants).set({ supersede: "answer_then_continue" });
  },
};

async function sendCorrection({ parley, newContact }: ScenarioContext): Promise<string[]> {
  const from = newContact();
  const first = await parley.sendWebhook({ from, text: "Can I return a pump?" });
  await eventually("the model call", async () => (parley.openai.faults.list()[0]?.fired ?? 0) > 0);
  await pause(300);
  const second = await parley.sendWebhook({ from, text: "Sorry, I meant a lamp" });
  return [first.id, second.id];
}

/** The daily budget is spent: only free tiers are tried. */
export const spentBudget: Scenario = {
  name: "a spent budget",
  async run(context) {
    const { parley } = context;
    await parley.db.update(tenants).set({ dailyBudgetUsd: 0 });
    const sent = await runTimes(3, () =>
      parley.sendWebhook({ from: context.newContact(), text: "Can I return a pump?" }),
    );
    await context.awaitEnds(sent.map(({ id }) => id));
    await parley.db.update(tenants).set({ dailyBudgetUsd: 50 });
  },
};

/** STOP, START and HELP, and messages after a STOP. */
export const keywords: Scenario = {
  name: "keywords",
  async run(context) {
    const { parley } = context;
    await runTimes(4, async () => {
      const from = context.newContact();
      for (const text of ["HELP", "STOP", "stop", "Can I return a pump?", "START"]) {
        const { id } = await parley.sendWebhook({ from, text });
        await context.awaitEnds([id]);
      }
    });
    const texts = await runTimes(3, () => parley.sendSms({ from: context.newPhoneNumber(), text: "STOP" }));
    await context.awaitEnds(texts.map(({ sid }) => sid));
  },
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
