import { tenants } from "../../../../db/schema/tenants.ts";
import { eventually } from "../../../support/eventually.ts";
import { sendTelegram } from "../../../support/telegram-update.ts";
import { postWhatsapp, whatsappText } from "../../../support/whatsapp-body.ts";
import { type Scene, several, type Stage, under } from "../stage.ts";

const MODEL = { path: "/v1/responses" };
const QUESTIONS = [
  "Can I return a bell?",
  "How many days do I have to return something?",
  "When is a refund paid?",
] as const;

/** Messages as they mostly are, on every kind of channel. */
export const calm: Scene = {
  name: "calm messages on four channels",
  async play(stage) {
    const { parley, pick } = stage;
    const webhooks = await several(24, () =>
      parley.sendWebhook({ from: stage.person(), text: pick(QUESTIONS) }),
    );
    const texts = await several(10, () => parley.sendSms({ from: stage.phone(), text: pick(QUESTIONS) }));
    const chats = await several(6, (i) =>
      sendTelegram(parley, { chat: 5_000_001 + i, text: pick(QUESTIONS) }),
    );
    const whatsapps = await several(6, async (i) => {
      const id = `wamid.calm${i}`;
      await postWhatsapp(parley, whatsappText({ id, from: `1555030${1000 + i}`, body: pick(QUESTIONS) }));
      return { id };
    });
    await stage.ends([
      ...texts.map(({ sid }) => sid),
      ...[...webhooks, ...chats, ...whatsapps].map(({ id }) => id),
    ]);
  },
};

/** Several messages of one person at once: one of them is answered for all. */
export const bursts: Scene = {
  name: "bursts",
  async play(stage) {
    const { parley } = stage;
    const quick = await several(6, async () => {
      const from = stage.phone();
      // Within the quiet window of the one before: each leaves the answer to the next.
      return await several(3, async (i) => {
        await pause(i * 300);
        return await parley.sendSms({ from, text: `line ${i} of three` });
      });
    });
    await stage.ends(quick.flat().map(({ sid }) => sid));
    const slow = { match: MODEL, times: null, fault: { delay_ms: 1_500 } };
    await under(parley.openai, [slow], async () => {
      const during = await several(6, async () => {
        const from = stage.person();
        const first = await parley.sendWebhook({ from, text: "Can I return a lamp?" });
        await pause(600);
        return [first, await parley.sendWebhook({ from, text: "And a horn?" })];
      });
      await stage.keepOpenRuns();
      await stage.ends(during.flat().map(({ id }) => id));
    });
  },
};

/** Somebody writes on and on while answers are being made: the run is continued as a new one. */
export const longTalks: Scene = {
  name: "talks that outgrow a run",
  async play(stage) {
    const { parley } = stage;
    await under(parley.openai, [{ match: MODEL, times: null, fault: { delay_ms: 900 } }], async () => {
      const sent = await several(5, async () => {
        const from = stage.person();
        const ids: string[] = [];
        for (let i = 0; i < 14; i++) {
          ids.push((await parley.sendWebhook({ from, text: `Line ${i}: can I return a bell?` })).id);
          await pause(450);
        }
        return ids;
      });
      await stage.keepOpenRuns();
      await stage.ends(sent.flat());
    });
  },
};

export const superseded: Scene = {
  name: "answers given up for a newer message",
  async play(stage) {
    const { parley } = stage;
    await parley.db.update(tenants).set({ supersede: "regenerate" });
    await under(parley.openai, [{ match: MODEL, times: null, fault: { delay_ms: 1_200 } }], async () => {
      const sent = await several(6, () => correctOneself(stage));
      await stage.ends(sent.flat());
    });
    await parley.db.update(tenants).set({ supersede: "answer_then_continue" });
  },
};

async function correctOneself({ parley, person }: Stage): Promise<string[]> {
  const from = person();
  const first = await parley.sendWebhook({ from, text: "Can I return a bell?" });
  await eventually("the model call", async () => (parley.openai.faults.list()[0]?.fired ?? 0) > 0);
  await pause(300);
  const second = await parley.sendWebhook({ from, text: "Sorry, I meant a lamp" });
  return [first.id, second.id];
}

/** The day's money is spent: nothing that costs any is tried. */
export const spent: Scene = {
  name: "a spent budget",
  async play(stage) {
    const { parley } = stage;
    await parley.db.update(tenants).set({ dailyBudgetUsd: 0 });
    const sent = await several(3, () =>
      parley.sendWebhook({ from: stage.person(), text: "Can I return a bell?" }),
    );
    await stage.ends(sent.map(({ id }) => id));
    await parley.db.update(tenants).set({ dailyBudgetUsd: 50 });
  },
};

/** STOP, START and HELP, and what is written after a STOP. */
export const keywords: Scene = {
  name: "keywords",
  async play(stage) {
    const { parley } = stage;
    await several(4, async () => {
      const from = stage.person();
      for (const text of ["HELP", "STOP", "stop", "Can I return a bell?", "START"]) {
        const { id } = await parley.sendWebhook({ from, text });
        await stage.ends([id]);
      }
    });
    const texts = await several(3, () => parley.sendSms({ from: stage.phone(), text: "STOP" }));
    await stage.ends(texts.map(({ sid }) => sid));
  },
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
