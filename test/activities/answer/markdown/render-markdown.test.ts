import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { renderMarkdown } from "../../../../activities/answer/markdown/render-markdown.ts";
import type { ReplyText } from "../../../../db/delivery/reply-text.ts";

/** The marks with their words. */
const listMarks = ({ text, marks }: ReplyText) =>
  marks.map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`);

describe("the signs of Markdown become marks", () => {
  test.each([
    ["**Hours**\n- **Tue to Fri:** 9:30", "Hours\n- Tue to Fri: 9:30", ["bold: Hours", "bold: Tue to Fri:"]],
    ["__Note__ and _maybe_ and *so*", "Note and maybe and so", ["bold: Note", "italic: maybe", "italic: so"]],
    ["***both***", "both", ["italic: both", "bold: both"]],
    ["## Returns ##\nText", "Returns\nText", ["bold: Returns"]],
    ["Returns\n=======\nText", "Returns\nText", ["bold: Returns"]],
    ["# **Returns**", "Returns", ["bold: Returns"]],
    ["~~10 EUR~~ 8 EUR", "10 EUR 8 EUR", ["strike: 10 EUR"]],
    ["Type `npm *x*` now", "Type npm *x* now", ["code: npm *x*"]],
    ["```js\nlet a = *1*;\n  b\n```\nDone", "let a = *1*;\n  b\nDone", ["pre: let a = *1*;\n  b"]],
    ["> first **b**\n> second\n\nEnd", "first b\nsecond\n\nEnd", ["quote: first b\nsecond", "bold: b"]],
    ["**Price:**5 EUR", "Price:5 EUR", ["bold: Price:"]],
    ["**営業時間：**九時から", "営業時間：九時から", ["bold: 営業時間："]],
    ["这是**“重点”**内容", "这是“重点”内容", ["bold: “重点”"]],
  ])("the signs of %j become marks", (source, text, marks) => {
    const rendered = renderMarkdown(source);
    expect([rendered.text, ...listMarks(rendered)]).toEqual([text, ...marks]);
  });
});

describe("blocks become lines of a chat", () => {
  test.each([
    ["* one\n* two\n  + three", "- one\n- two\n  - three"],
    ["+ 5 EUR for shipping", "+ 5 EUR for shipping"],
    ["1. a\n1. b\n1. c", "1. a\n2. b\n3. c"],
    ["3. c\n4. d", "3. c\n4. d"],
    ["One\n\n---\n\nTwo\n\n***", "One\n\nTwo"],
    [
      "| Day | Hours |\n|:--|--:|\n| **Tue** | 9:30 |\n| Sun | |\n\nSee you",
      "Day: Tue, Hours: 9:30\nDay: Sun\n\nSee you",
    ],
    ["| | Price: |\n|-|-|\n| Soup | 5 EUR |", "Soup, Price: 5 EUR"],
    ["Line one  \nline two\\\nline three", "Line one\nline two\nline three"],
    ["\\*no\\* 1\\. a\\_b Q&amp;A", "*no* 1. a_b Q&A"],
  ])("the blocks of %j become lines of a chat", (source, text) => {
    expect(renderMarkdown(source).text).toBe(text);
  });
});

describe("a link shows its address", () => {
  test.each([
    ["[Shop](https://a.example/x_y_z)", "Shop (https://a.example/x_y_z)"],
    ['[**Shop**](<https://a.example> "title")', "Shop (https://a.example)"],
    ["[https://a.example](https://a.example)", "https://a.example"],
    ["[a.example](https://a.example/)", "https://a.example/"],
    ["[mail us](mailto:a@b.example)", "mail us (a@b.example)"],
    ["[a@b.example](mailto:a@b.example)", "a@b.example"],
    ["<https://a.example/_next_/>", "https://a.example/_next_/"],
    ["<https://a.example|Shop>", "Shop (https://a.example)"],
    ["![map](https://a.example/p.png)", "map (https://a.example/p.png)"],
    ["![](https://a.example/p.png)", "https://a.example/p.png"],
    [
      "[terms][1] and [2]\n\n[1]: https://a.example/t\n[2]: https://a.example/u",
      "terms (https://a.example/t) and 2 (https://a.example/u)",
    ],
    ["[above](#hours)", "above"],
  ])("the link %j shows its address", (source, text) => {
    expect(renderMarkdown(source).text).toBe(text);
  });
});

describe("a text that only looks like Markdown stays as it is", () => {
  test.each([
    "2 * 3 * 4 = 24, 5*3*2=30, 2**3**2, a*b*c",
    "snake_case_name and __dirname_x",
    "C:\\temp\\new and <order number>, press <Enter>, then <Esc>.",
    "Dial *100# or *101#. 5 > 3, ~10 minutes, ~20 EUR",
    "> 100 EUR: free",
    "Best,\nAnn\n--\nThe team",
    "See https://a.example/*foo*/_bar_?a=b_c_d and first_last_name@b.example",
    "[[EMAIL_1]](https://a.example) [[PHONE_12]]",
    "[1] is no reference, and #1 is no heading",
    "    indented\n\n\n\nand far",
  ])("%j stays as it is", (text) => {
    expect(renderMarkdown(text)).toEqual({ text: text.trim(), marks: [] });
  });

  test("a text of letters, digits and sentences", () => {
    const unit = fc.constantFrom(
      "a",
      "Bc ",
      "1",
      ". ",
      ", ",
      "\n",
      "\n\n",
      "é",
      "営業",
      "🙂",
      "(x) ",
      "9:30 ",
      "’",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 200 }), (text) => {
        expect(renderMarkdown(text)).toEqual({ text: text.trim(), marks: [] });
      }),
      { numRuns: 500 },
    );
  });
});

test("no letter is lost, and marks are inside the text and inside each other", () => {
  const unit = fc.constantFrom(
    ...Array.from("ab 1\n*_~`#>-|[]()!\\"),
    "**",
    "```",
    "\n\n",
    "\n- ",
    "\n1. ",
    "\n> ",
    "\n| a | b |\n|-|-|\n| c | d |\n",
    "[[EMAIL_1]]",
    "営業：",
  );
  const letters = (text: string) => (text.match(/[\p{L}\d]/gu) ?? []).toSorted().join("");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 80 }), (source) => {
      const { text, marks } = renderMarkdown(source);
      // A table repeats its headings. Numbers of a list are counted, and the language of code is not shown.
      const isExact = !/[|\d`~]|\[[^\]]*\]:/.test(source.replaceAll("[[EMAIL_1]]", ""));
      if (isExact) expect(letters(text)).toBe(letters(source));
      expect(text).toBe(text.trim());
      for (const [i, mark] of marks.entries()) {
        expect(mark.start < mark.end && mark.end <= text.length).toBe(true);
        for (const later of marks.slice(i + 1))
          expect(later.start >= mark.end || later.end <= mark.end).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([">", "*", "**a", "- ", "1. ", "[", "> - ", "*a _b "])(
  "a text of thousands of %j is neither parsed for long nor too deep for the functions that write it",
  (sign) => {
    for (const count of [300, 900, 20_000])
      expect(renderMarkdown(`${sign.repeat(count)}a`).text).toContain("a");
  },
);
