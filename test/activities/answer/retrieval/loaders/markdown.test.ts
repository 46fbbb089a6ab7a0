import { describe, expect, it } from "vitest";
import { parseMarkdown } from "../../../../../activities/answer/retrieval/loaders/markdown.ts";

describe("parseMarkdown", () => {
  it("takes the first top heading as title and the others as the path of their blocks", () => {
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

  it("keeps a heading that has nothing below it as text", () => {
    const { blocks } = parseMarkdown("# Hours\n\n## Closed on Mondays\n\n## Sundays\n\n### From April");
    expect(blocks).toEqual([
      { headings: [], text: "Closed on Mondays" },
      { headings: ["Sundays"], text: "From April" },
    ]);
  });

  it("joins wrapped lines and ends a line at a hard break", () => {
    expect(textsOf("wrapped\nhere\n\nMonday 9  \nTuesday 10\\\nnever<br>Sunday")).toEqual([
      "wrapped here",
      "Monday 9\nTuesday 10\nnever\nSunday",
    ]);
  });

  it("keeps one line per list item and per table row", () => {
    const source =
      "- bring **ID**\n- and a\n  card\n  - or cash\n\n| Bike | Day |\n| --- | :-: |\n| City | $34 |\n";
    expect(textsOf(source)).toEqual(["- bring ID\n- and a card\n- or cash", "Bike | Day\nCity | $34"]);
  });

  it("keeps code, quotes, image texts and link texts, and drops addresses and comments", () => {
    const source =
      "> kind **words**\n\n![a red door](x.png) and [our page](https://example.com)\n\n```\nrun\n  it\n```\n\n<!-- no -->";
    expect(textsOf(source)).toEqual(["kind words", "a red door and our page", "run\nit"]);
  });

  it("reads HTML inside Markdown as text, without its tags and scripts", () => {
    expect(textsOf("<p>Open <b>late</b></p>\n\nH<sub>2</sub>O\n\n<script>steal()</script>")).toEqual([
      "Open late",
      "H2O",
    ]);
  });

  it("drops front matter and takes its title where no heading gives one", () => {
    for (const end of ["\n", "\r\n"]) {
      const source = ["---", "title: 'Gift cards'", "tags: [a]", "---", "", "Valid 5 years.", ""].join(end);
      expect(parseMarkdown(source)).toEqual({
        title: "Gift cards",
        blocks: [{ headings: [], text: "Valid 5 years." }],
      });
    }
  });

  it("keeps a paragraph between two rules, which only looks like front matter", () => {
    expect(textsOf("---\nImportant words\n\n---\n\nrest")).toEqual(["Important words", "rest"]);
  });

  it("replaces what PostgreSQL refuses in a text", () => {
    expect(textsOf("half \uD83D pair and \u0007 bell")).toEqual(["half \uFFFD pair and bell"]);
  });
});

function textsOf(source: string): string[] {
  return parseMarkdown(source).blocks.map(({ text }) => text);
}
