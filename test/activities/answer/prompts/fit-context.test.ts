import { expect, test } from "vitest";
import { fitHistory, fitQuestions } from "../../../../activities/answer/prompts/fit-context.ts";

const user = (text: string) => ({ role: "user", text });
const assistant = (text: string) => ({ role: "assistant", text });
const words = (count: number) => Array.from({ length: count }, (_, i) => `word${i}`).join(" ");

test("two hundred short questions are all kept in full", () => {
  const questions = Array.from({ length: 200 }, (_, i) => `Question number ${i}?`);
  expect(fitQuestions(questions)).toEqual({ questions, shortened: 0 });
});

test("short questions leave their share to a long one, which keeps its end", () => {
  const long = `${words(2_500)} can I return it?`;
  const fitted = fitQuestions(["Hello", long, "Thanks"]);
  expect(fitted.shortened).toBe(1);
  expect(fitted.questions[0]).toBe("Hello");
  expect(fitted.questions[2]).toBe("Thanks");
  expect(fitted.questions[1]).toMatch(/can I return it\?$/);
  // More than a third of the budget, which would be its equal share.
  expect(fitted.questions[1]?.length).toBeGreaterThan(long.length / 2.5);
});

test("the last four exchanges come along, and a burst is one of them", () => {
  const burst = Array.from({ length: 12 }, (_, i) => user(`unanswered ${i}`));
  const lines = [
    ...["a", "b", "c", "d"].flatMap((name) => [user(`${name}?`), assistant(`${name}!`)]),
    ...burst,
  ];
  const { lines: kept, dropped } = fitHistory(lines);
  expect(kept).toEqual([...lines.slice(2, 8), ...burst]);
  expect(dropped).toBe(0);
});

test("a history that is too long loses its oldest lines and says how many", () => {
  const lines = [user(words(900)), assistant(words(900)), user("And the red one?")];
  expect(fitHistory(lines)).toEqual({ lines: [user("And the red one?")], dropped: 2 });
  expect(fitHistory([])).toEqual({ lines: [], dropped: 0 });
});
