import type { Scene } from "./scene.ts";

const TEXTS = ["hi", "quick question", "how much is a puncture repair?"];
/** Thumbs are no faster. */
const BETWEEN_MS = 300;

export const quickTexts: Scene = {
  name: "quick_texts",
  title: "Three SMS within a second: one answer to all of them, and not three.",
  async play(stage) {
    const person = await stage.meet("twilio-sms");
    const offered = [];
    for (const text of TEXTS) {
      offered.push(await stage.say(person, text));
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
    const rows = await Promise.all(offered.map(stage.endOf));
    const heard = await stage.heardBy(person, 1);
    const turns = new Set(rows.map(({ turnId }) => turnId));
    const isRight = turns.size === 1 && rows.every(({ state }) => state === "answered") && heard.length === 1;
    return isRight ? null : `${turns.size} turns, ${heard.length} answers`;
  },
};
