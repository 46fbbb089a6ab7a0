import fc from "fast-check";
import { expect, it } from "vitest";
import { cutHiddenText } from "../../../../../activities/answer/model/completion/cut-hidden-text.ts";
import { CALLS, NOTHING, ORDINARY, THOUGHTS } from "./hidden-forms.ts";

it.each(Object.entries(THOUGHTS))("a thought in the form of %s is cut, and the answer stays", (_, text) => {
  expect(cutHiddenText(text)).toBe("The deposit is $100.");
});

it.each(Object.entries(CALLS))(
  "a call of a tool in the form of %s is cut, and the answer stays",
  (_, text) => {
    expect(cutHiddenText(text)).toBe("The deposit is $100.");
  },
);

it.each(NOTHING.map((text) => [text]))("nothing is left of %j", (text) => {
  expect(cutHiddenText(text)).toBe("");
});

it.each(ORDINARY.map((text) => [text]))("the ordinary answer %j stays as it is", (text) => {
  expect(cutHiddenText(text)).toBe(text);
});

it("what a reply strikes out stays struck out, and the words after it stay", () => {
  expect(cutHiddenText("The helmet costs <s>$20</s> $10 today.")).toBe("The helmet costs ~~$20~~ $10 today.");
  expect(cutHiddenText("<s>$20</s> $10 today.")).toBe("~~$20~~ $10 today.");
  expect(cutHiddenText("<s> It costs $10.</s>")).toBe("It costs $10.");
  expect(cutHiddenText("It costs $10.</s> [INST] And the other one?")).toBe("It costs $10.");
});

it("no thought and no sign of one is left, whatever comes before and after it", () => {
  const plain = fc.stringMatching(/^[a-z .,\n]{0,40}$/);
  const tag = fc.constantFrom(
    ["<think>", "</think>"],
    ["[THINK]", "[/THINK]"],
    ["<|START_THINKING|>", "<|END_THINKING|>"],
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(plain, tag), { minLength: 1, maxLength: 5 }), plain, (parts, last) => {
      const text = parts.map(([own, [open, close]]) => `${own}${open}SECRET${own}${close}`).join("") + last;
      const cut = cutHiddenText(text);
      expect(cut).not.toMatch(/SECRET|think/i);
      expect(cut.replace(/\s/g, "")).toBe((parts.map(([own]) => own).join("") + last).replace(/\s/g, ""));
    }),
  );
});

it("a text without signs of thinking stays as it is", () => {
  const ordinary = fc.stringMatching(/^[^\W_][\w .,!?()'$€-]{0,200}$/).filter((text) => !/\(/.test(text));
  fc.assert(
    fc.property(ordinary, (text) => {
      expect(cutHiddenText(text)).toBe(text.trim());
    }),
  );
});

it("a long text of openings takes no more than the time for its length", () => {
  for (const part of [
    "<think",
    "<think>",
    "</think>",
    "[[",
    '{"name": "a", ',
    "<tool_call>",
    "```json\n",
    "<a ",
    "Thought: ",
    "<answer>",
    "<|channel|>final",
  ])
    expect(cutHiddenText(part.repeat(20_000)).length).toBeLessThanOrEqual(part.length * 20_000);
});
