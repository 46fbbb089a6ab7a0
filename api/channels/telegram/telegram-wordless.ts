import { z } from "zod";
import type { MessageTreatment, TextOrigin } from "../channel.ts";
import { STORED_TEXT } from "../json-body.ts";
import { collectWords, formatForm, formatPlaceholder, joinLines } from "../placeholder.ts";

/** A placeholder for content that is neither text nor a file. Without a treatment its words are answered. */
export interface Wordless {
  text: string;
  /** Absent: Parley describes the content. */
  origin?: TextOrigin;
  treatment?: MessageTreatment;
}

const WORD = STORED_TEXT.catch("");
const TITLED = z.looseObject({ title: WORD }).catch({ title: "" });
const POLL = z
  .looseObject({ question: WORD, options: z.array(z.looseObject({ text: WORD })).catch([]) })
  .catch({ question: "", options: [] });
const CHECKLIST = z
  .looseObject({ title: WORD, tasks: z.array(z.looseObject({ text: WORD })).catch([]) })
  .catch({ title: "", tasks: [] });
const DICE = z.looseObject({ emoji: WORD, value: z.number().catch(0) }).catch({ emoji: "", value: 0 });
const FORM = z.looseObject({ button_text: WORD, data: WORD }).catch({ button_text: "", data: "" });
const PAYMENT = z
  .looseObject({ total_amount: z.number().catch(0), currency: WORD })
  .catch({ total_amount: 0, currency: "" });

const list = (items: readonly { text: string }[]) => items.map(({ text }) => `- ${text}`).join("\n");
const explain = (what: string, detail?: string): Wordless => ({
  text: formatPlaceholder(what, detail),
  treatment: "explain",
});
const handOver = (what: string, detail?: string): Wordless => ({
  text: formatPlaceholder(what, detail),
  treatment: "hand_over",
});

/** The words in a formatted message of the Bot API 10. */
const RICH_WORDS = new Set(["text", "caption"]);

/** Readers by the field of the message. */
const READERS: Readonly<Record<string, (value: unknown) => Wordless>> = Object.freeze({
  rich_message(value) {
    const words = collectWords(value, RICH_WORDS).join(" ");
    return words === "" ? explain("formatted message") : { text: words, origin: "typed" };
  },
  poll(value) {
    const { question, options } = POLL.parse(value);
    return { text: joinLines(formatPlaceholder("poll", question), list(options)) };
  },
  checklist(value) {
    const { title, tasks } = CHECKLIST.parse(value);
    return { text: joinLines(formatPlaceholder("checklist", title), list(tasks)) };
  },
  web_app_data(value) {
    const { button_text: button, data } = FORM.parse(value);
    const answers = formatForm(data);
    const form = formatPlaceholder("form", button);
    return answers === ""
      ? { text: form, treatment: "hand_over" }
      : { text: joinLines(form, answers), origin: "form" };
  },
  dice(value) {
    const { emoji, value: number } = DICE.parse(value);
    return explain("dice", `${emoji} ${number}`);
  },
  game: (value) => explain("game", TITLED.parse(value).title),
  invoice: (value) => explain("invoice", TITLED.parse(value).title),
  story: () => explain("story"),
  paid_media: () => explain("paid media"),
  giveaway: () => explain("giveaway"),
  giveaway_winners: () => explain("giveaway winners"),
  users_shared: () => explain("shared contact"),
  chat_shared: () => explain("shared chat"),
  gift: () => handOver("gift"),
  unique_gift: () => handOver("gift"),
  successful_payment(value) {
    const { total_amount: amount, currency } = PAYMENT.parse(value);
    return handOver("payment", `${amount} ${currency} in its smallest unit`);
  },
});

/** Null where the message has no such field. */
export function readWordless(
  message: Readonly<Record<string, unknown>>,
): (Wordless & { what: string }) | null {
  const [what, read] = Object.entries(READERS).find(([field]) => message[field] !== undefined) ?? [];
  return what === undefined || read === undefined ? null : { what, ...read(message[what]) };
}
