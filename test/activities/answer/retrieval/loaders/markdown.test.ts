import { describe, expect, it } from "vitest";
import { parseMarkdown } from "../../../../../activities/answer/retrieval/loaders/markdown.ts";

describe("parseMarkdown", () => {
  it("the first top heading is the title, and the other headings are the path of their blocks", () => {
    const source = "# Rentals\n\nIntro.\n\n## Prices\n\n### Week\n\nAsk.\n\n## Groups\n\nEight or more.\n";
    expect(parseMarkdown(source)).toMatchObject({
      title: "Rentals",
      blocks: [
        { headings: [], text: "Intro." },
        { headings: ["Prices", "Week"], text: "Ask." },
        { headings: ["Groups"], text: "Eight or more." },
      ],
    });
  });

  it("a heading without text below it becomes text", () => {
    const { blocks } = parseMarkdown("# Hours\n\n## Closed on Mondays\n\n## Sundays\n\n### From April");
    expect(blocks).toEqual([
      { headings: [], text: "Closed on Mondays" },
      { headings: ["Sundays"], text: "From April" },
    ]);
  });

  it("wrapped lines are joined, and a hard break ends a line", () => {
    expect(textsOf("wrapped\nhere\n\nMonday 9  \nTuesday 10\\\nnever<br>Sunday")).toEqual([
      "wrapped here",
      "Monday 9\nTuesday 10\nnever\nSunday",
    ]);
  });

  it("each list item and each table row is one line", () => {
    const source =
      "- bring **ID**\n- and a\n  card\n  - or cash\n\n| Bike | Day |\n| --- | :-: |\n| City | $34 |\n";
    expect(textsOf(source)).toEqual(["- bring ID\n- and a card\n- or cash", "Bike | Day\nCity | $34"]);
  });

  it("code, quotes, image texts, link texts and addresses stay, and comments are removed", () => {
    const source =
      "> kind **words**\n\n![a red door](x.png) and [our page](https://example.com)\n\n```\nrun\n  it\n```\n\n<!-- no -->";
    expect(textsOf(source)).toEqual([
      "kind words",
      "a red door and our page (https://example.com)",
      "run\nit",
    ]);
  });

  it("HTML inside Markdown becomes text without its tags and scripts", () => {
    expect(textsOf("<p>Open <b>late</b></p>\n\nH<sub>2</sub>O\n\n<script>steal()</script>")).toEqual([
      "Open late",
      "H2O",
    ]);
  });

  it("front matter is removed, and its title is used if no heading is the title", () => {
    for (const end of ["\n", "\r\n"]) {
      const source = ["---", "title: 'Gift cards'", "tags: [a]", "---", "", "Valid 5 years.", ""].join(end);
      expect(parseMarkdown(source)).toMatchObject({
        title: "Gift cards",
        blocks: [{ headings: [], text: "Valid 5 years." }],
      });
    }
  });

  it.each([
    ["a comment first", "---\n# by the shop\ntitle: Gift cards\n---\n"],
    ["an end with dots", "---\ntitle: Gift cards\n...\n"],
    ["a folded title", "---\ntitle: >-\n  Gift\n  cards\nnext: x\n---\n"],
    ["a mistake in another line", "---\ntitle: Gift cards\nother: [a\n---\n"],
    ["TOML", '+++\ntitle = "Gift cards"\n+++\n'],
    ["a list and a nested mapping", "---\ntags:\n  - a\nmore:\n  title: no\ntitle: Gift cards\n---\n"],
  ])("front matter with %s is recognised", (_name, settings) => {
    expect(parseMarkdown(`${settings}\nValid 5 years.`)).toMatchObject({
      title: "Gift cards",
      blocks: [{ headings: [], text: "Valid 5 years." }],
    });
  });

  it("a table has its rows with every kind of line end, and also right after a paragraph", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const { blocks } = parseMarkdown(["Prices:", "| Bike | Day |", "| - | - |", "| City | 19 |"].join(end));
      expect(blocks).toEqual([
        { headings: [], text: "Prices:" },
        { headings: [], text: "Bike | Day\nCity | 19", header: "Bike | Day" },
      ]);
    }
  });

  it("footnotes of one word, task lists and struck words stay", () => {
    expect(textsOf("Sixty.[^1] ~~Fifty~~\n\n[^1]: Members\n\n- [x] paid")).toEqual([
      "Sixty.[^1] Fifty",
      "[^1]: Members",
      "- [x] paid",
    ]);
  });

  it("labels of components and titles of admonitions stay, and module lines are removed", () => {
    const source =
      "import A from 'a';\n\n<TabItem label=\"City\">\n\nPay.\n\n</TabItem>\n\n:::warning Closed\nBring ID.\n:::";
    expect(textsOf(source)).toEqual(["City", "Pay.", "Closed", "Bring ID."]);
  });

  it.each([
    ["a table", "| Bike | Day |\n| - | - |\n", (i: number) => `| Bike ${i} | ${i} |\n`],
    ["a list", "", (i: number) => `- Bike ${i}\n`],
    ["a paragraph", "", (i: number) => `The line ${i} goes on.\n`],
  ])("%s that is longer than a piece keeps each line once", (_name, start, line) => {
    const text = start + Array.from({ length: 20_000 }, (_, i) => line(i)).join("");
    const kept = textsOf(text).join("\n");
    for (const i of [0, 9_999, 19_999])
      expect(kept.split(new RegExp(`(?<=\\D)${i}(?=\\D|$)`)).length).toBeGreaterThan(1);
    expect(kept.match(/Bike \d|line \d/g)).toHaveLength(20_000);
  });

  it("a text of many pieces keeps each word, and its links find their definitions", () => {
    const sections = Array.from({ length: 4_000 }, (_, i) => `## Part ${i}\n\nSee [page ${i}][there].\n`);
    const { blocks, count } = parseMarkdown(`${sections.join("\n")}\n[there]: https://shop.example.com/x\n`);
    expect(blocks.length).toBe(4_000);
    expect(blocks.every(({ text }) => text.endsWith("(https://shop.example.com/x)."))).toBe(true);
    expect(count.kept).toBe(count.visible);
  });

  it("a paragraph between two rules is not front matter", () => {
    expect(textsOf("---\nImportant words\n\n---\n\nrest")).toEqual(["Important words", "rest"]);
  });

  it("characters that PostgreSQL rejects are replaced", () => {
    expect(textsOf("half \uD83D pair and \u0007 bell")).toEqual(["half \uFFFD pair and bell"]);
  });
});

function textsOf(source: string): string[] {
  return parseMarkdown(source).blocks.map(({ text }) => text);
}
