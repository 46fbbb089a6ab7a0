import { describe, expect, it } from "vitest";
import { parseMarkdown } from "../../../../../activities/answer/retrieval/loaders/markdown.ts";

describe("parseMarkdown", () => {
  it("the first top heading is the title, and the other headings are the path of their blocks", () => {
    const source = "# Rentals\n\nIntro.\n\n## Prices\n\n### Week\n\nAsk.\n\n## Groups\n\nEight or more.\n";
    expect(parseMarkdown(source)).toEqual({
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

  it("code, quotes, image texts and link texts stay, and addresses and comments are removed", () => {
    const source =
      "> kind **words**\n\n![a red door](x.png) and [our page](https://example.com)\n\n```\nrun\n  it\n```\n\n<!-- no -->";
    expect(textsOf(source)).toEqual(["kind words", "a red door and our page", "run\nit"]);
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
      expect(parseMarkdown(source)).toEqual({
        title: "Gift cards",
        blocks: [{ headings: [], text: "Valid 5 years." }],
      });
    }
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
