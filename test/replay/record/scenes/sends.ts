import { channelAccounts } from "../../../../db/schema/tenants.ts";
import { sendTelegram } from "../../../support/telegram-update.ts";
import { type Scene, several, type Stage, under } from "../stage.ts";

const HOOK = { path: "/hooks" };
const TEXTS = { path: "/2010-04-01", method: "POST" } as const;
const CHATS = { path: "/*/sendMessage" };
const QUESTION = "Can I return a bell?";
const EACH = 4;

const hooks = async ({ parley, person }: Stage) =>
  (await several(EACH, () => parley.sendWebhook({ from: person(), text: QUESTION }))).map(({ id }) => id);
const texts = async ({ parley, phone }: Stage) =>
  (await several(EACH, () => parley.sendSms({ from: phone(), text: QUESTION }))).map(({ sid }) => sid);

/** Sends that do not go through at once, or not at all. */
export const sends: Scene = {
  name: "sends that are refused, lost, slow or put off",
  async play(stage) {
    const { sink, twilio, telegram } = stage.parley;
    await under(sink, [{ match: HOOK, times: EACH, fault: { status: 503 } }], async () => {
      const ids = await hooks(stage);
      await pause(1_500);
      await stage.keepOpenRuns();
      await stage.ends(ids);
    });
    await under(sink, [{ match: HOOK, times: EACH, fault: { accept_then_drop: true } }], async () =>
      stage.ends(await hooks(stage)),
    );
    // Longer than the first, local attempt may take.
    await under(sink, [{ match: HOOK, times: EACH, fault: { delay_ms: 6_000 } }], async () =>
      stage.ends(await hooks(stage)),
    );
    await under(sink, [{ match: HOOK, times: null, fault: { status: 400 } }], async () =>
      stage.ends(await hooks(stage)),
    );
    await under(twilio, [{ match: TEXTS, times: EACH, fault: { accept_then_drop: true } }], async () =>
      stage.ends(await texts(stage)),
    );
    await under(twilio, [{ match: TEXTS, times: EACH, fault: { cut: true } }], async () =>
      stage.ends(await texts(stage)),
    );
    await under(
      telegram,
      [{ match: CHATS, times: 3, fault: { status: 429, headers: { "retry-after": "1" } } }],
      async () => {
        const sent = await several(3, (i) =>
          sendTelegram(stage.parley, { chat: 5_100_001 + i, text: QUESTION }),
        );
        await stage.ends(sent.map(({ id }) => id));
      },
    );
    await under(sink, [{ match: HOOK, times: null, fault: { status: 410 } }], async () =>
      stage.ends(await hooks(stage)),
    );
    // The receiver had said that it is gone.
    await stage.parley.db.update(channelAccounts).set({ disabledAt: null });
  },
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
