import type { Scenario } from "./scenario.ts";

const TEXTS = ["hi", "quick question", "how much is a puncture repair?"];
/** The speed of fast typing on a phone. */
const BETWEEN_MS = 300;

export const quickTexts: Scenario = {
  name: "quick_texts",
  title: "Three SMS within a second get one reply.",
  async run(context) {
    const contact = await context.createContact("twilio-sms");
    const offered = [];
    for (const text of TEXTS) {
      offered.push(await context.sendText(contact, text));
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
    const rows = await Promise.all(offered.map(context.waitForOutcome));
    const replies = await context.waitForReplies(contact, 1);
    const turns = new Set(rows.map(({ turnId }) => turnId));
    const isRight =
      turns.size === 1 && rows.every(({ state }) => state === "answered") && replies.length === 1;
    return isRight ? null : `${turns.size} turns, ${replies.length} replies`;
  },
};
