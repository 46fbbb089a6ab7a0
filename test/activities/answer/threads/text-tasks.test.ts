import { afterAll, expect, test } from "vitest";
import { prepareTexts } from "../../../../activities/answer/prompts/prepare-texts.ts";
import { createTextTasks } from "../../../../activities/answer/threads/text-tasks.ts";
import { LONGEST_TEXT } from "../../../../infra/channels/channel-descriptor.ts";
import { createNastyText, NASTY_KINDS } from "../../../support/nasty-texts.ts";

const tasks = createTextTasks();
afterAll(() => tasks.close());

const CONTEXT = {
  businessName: "Lamps",
  questions: [],
  history: [],
  passages: [],
  placeholders: {},
  allowedLinks: [],
  phoneRegion: null,
  delimiter: "d",
  canary: "ref-0123456789abcdef",
};
const KNOWN_SECRETS = ["whsec_0123456789abcdef"];
/** CPU time of this thread for copies, with room for a collection. Masking such a turn here takes from 30 to 500 ms. */
const MAX_MS = 25;

/** The CPU time that this thread needs for the longest turn that the ingress permits: a burst, after many long lines. */
async function measureTurn(kind: string): Promise<number> {
  const text = createNastyText(kind, LONGEST_TEXT);
  const questions = Array.from({ length: 20 }, () => text);
  const history = questions.map((line, i) => ({
    role: i % 2 === 0 ? ("user" as const) : ("assistant" as const),
    text: line,
  }));
  const before = process.threadCpuUsage();
  await tasks.prepareTexts({ phoneRegion: null, questions, history });
  await tasks.screenText({ reply: text, context: CONTEXT, knownSecrets: KNOWN_SECRETS, notation: "plain" });
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

test("this thread hardly works while the longest texts of every kind are masked, counted and screened", async () => {
  await measureTurn("words");
  const slow: { kind: string; ms: number }[] = [];
  for (const kind of NASTY_KINDS) {
    const ms = Math.min(await measureTurn(kind), await measureTurn(kind));
    if (ms > MAX_MS) slow.push({ kind, ms });
  }
  expect(slow).toEqual([]);
});

test("a long turn has the same result in a thread as on this thread", async () => {
  const input = {
    phoneRegion: null,
    questions: [`My mail is dana@example.com. ${"I bought a lamp. ".repeat(300)}`],
    history: [{ role: "user" as const, text: "Call 4111 1111 1111 1111." }],
  };
  expect(await tasks.prepareTexts(input)).toEqual(prepareTexts(input));
});

test("no half of a detail is left where a text is cut before it is masked", () => {
  for (let shift = 0; shift < 40; shift++) {
    const question = `${"x".repeat(shift)} ${"card 4111 1111 1111 1111, mail dana@example.com, ".repeat(700)}`;
    const { questions, query } = prepareTexts({
      phoneRegion: null,
      questions: [`${question} Is it paid?`],
      history: [],
    });
    expect(questions[0]).toMatch(/Is it paid\?$/);
    expect(query.replaceAll(/\[\[[A-Z]+_\d+\]\]/g, "")).not.toMatch(/\d{4}|example/);
  }
});

test("of a long history only the lines that may fit are read, and the others are counted", () => {
  const line = (text: string) => ({ role: "user" as const, text });
  const { history, dropped } = prepareTexts({
    phoneRegion: null,
    questions: ["And today?"],
    history: [line("a".repeat(16_000)), line("short"), line("shorter")],
  });
  expect(history.map(({ text }) => text)).toEqual(["short", "shorter"]);
  expect(dropped).toBe(1);
});
