import { expect, test } from "vitest";
import { renderMarkdown } from "../../../../activities/answer/markdown/render-markdown.ts";
import { type Notation, writeReply } from "../../../../activities/channels/notation/notation.ts";

const write = (notation: Notation, markdown: string) => writeReply(notation, renderMarkdown(markdown));

test("a reply has no sign of Markdown on a channel for plain text", () => {
  const source = "# Hours\n\n**Tue:** _9:30_ `x` [Shop](https://a.example)\n\n> quoted";
  const text = "Hours\n\nTue: 9:30 x Shop (https://a.example)\n\nquoted";
  expect([write("plain", source), write("gsm-7", source), write("separate", source)]).toEqual([
    text,
    text,
    text,
  ]);
});

test("a struck price is in brackets where no line can go through it", () => {
  expect(write("plain", "~~10~~ 8 EUR")).toBe("(10) 8 EUR");
  expect(write("whatsapp", "~~10~~ 8 EUR")).toBe("~10~ 8 EUR");
});

test.each(["whatsapp", "slack"] as const)("%s has its own signs", (notation) => {
  expect(write(notation, "# Hours\n\n**Tue:** _9:30_ `x`\n\n> one\n> **two**\n\n```\ncode\n```")).toBe(
    "*Hours*\n\n*Tue:* _9:30_ `x`\n\n> one\n> *two*\n\n```code```",
  );
  expect(write(notation, "***both*** and **over\ntwo lines**")).toBe("_*both*_ and *over*\n*two lines*");
});

test.each([
  ["inside a word", "这是**重点**内容", "这是重点内容"],
  ["around the same sign", "**5 * 3**", "5 * 3"],
  ["around an address", "**https://a.example**", "https://a.example"],
])("WhatsApp gets no sign %s, because the contact would read it", (_, markdown, text) => {
  expect(write("whatsapp", markdown)).toBe(text);
});

test.each([
  ["We’re open Tue–Fri…", "We're open Tue-Fri..."],
  ["“Yes”\u00A0• 2 × 3 → ok", '"Yes" - 2 x 3 -> ok'],
  ["Straße 5, 10 €, ñandú", "Straße 5, 10 €, ñandú"],
  ["We’re open 🙂", "We’re open 🙂"],
  ["Ça va ? C’est prêt.", "Ça va ? C’est prêt."],
])("the look-alikes of %j are folded only where that keeps the text in GSM-7", (text, sent) => {
  expect(write("gsm-7", text)).toBe(sent);
});
