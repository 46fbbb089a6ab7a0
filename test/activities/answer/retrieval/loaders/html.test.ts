import { describe, expect, it } from "vitest";
import { parseHtml } from "../../../../../activities/answer/retrieval/loaders/html.ts";

describe("parseHtml", () => {
  it("headings, paragraphs, list items and table rows keep their order", () => {
    const { title, blocks } = parseHtml(`<html><head><title>Shop | Delivery</title></head><body><main>
      <h1>Delivery &amp; more</h1><p>By <b>van</b>.</p><h2>Zones</h2>
      <table><tr><th>Zone</th><th>Price</th></tr><tr><td><p>1</p></td><td>$5</td></tr></table>
      <ul><li>One</li><li>Two<ul><li>Deep</li></ul></li></ul></main></body></html>`);
    expect(title).toBe("Delivery & more");
    expect(blocks.map(({ headings, text }) => [headings.join(">"), text])).toEqual([
      ["", "By van."],
      ["Zones", "Zone | Price"],
      ["Zones", "1 | $5"],
      ["Zones", "One"],
      ["Zones", "Two"],
      ["Zones", "Deep"],
    ]);
  });

  it("scripts, styles, navigation, comments and the page's own header and footer are removed", () => {
    const page = `<body><header>Top</header><nav>Menu</nav><p>Text<!-- no --></p><script>steal()</script>
      <style>p{}</style><template>x</template><footer>Bottom</footer></body>`;
    expect(textsOf(page)).toEqual(["Text"]);
  });

  it("a header inside the article stays, and the title may be in the page's header", () => {
    expect(
      parseHtml("<body><article><header><h1>T</h1><p>Lead</p></header><p>Text</p></article></body>"),
    ).toEqual({
      title: "T",
      blocks: [
        { headings: [], text: "Lead" },
        { headings: [], text: "Text" },
      ],
    });
    expect(parseHtml("<body><header><h1>T</h1></header><main><p>Text</p></main></body>").title).toBe("T");
  });

  it("a page without a top heading has the title of its title element", () => {
    expect(parseHtml("<head><title> Opening\n hours </title></head><body><p>x</p></body>").title).toBe(
      "Opening hours",
    );
  });

  it("the words of adjacent elements stay separate", () => {
    expect(textsOf("<p>9&nbsp;am<br>to 5 pm</p>")).toEqual(["9 am\nto 5 pm"]);
    expect(textsOf("<section><div>one</div><div>two</div></section>")).toEqual(["one\ntwo"]);
    expect(textsOf("<div>loose <b>bold</b> words<div>apart</div><p>para</p>tail</div>")).toEqual([
      "loose bold words\napart",
      "para",
      "tail",
    ]);
  });

  it("preformatted text keeps its lines", () => {
    expect(textsOf("<pre>Mon 9\nTue 10</pre>")).toEqual(["Mon 9\nTue 10"]);
  });

  it("broken markup is parsed as far as possible", () => {
    expect(textsOf("<div><p>open <b>bold<p>next</div></section>").join(" ")).toMatch(/open bold\s+next/);
    expect(textsOf("just words")).toEqual(["just words"]);
    expect(textsOf("")).toEqual([]);
  });
});

function textsOf(source: string): string[] {
  return parseHtml(source).blocks.map(({ text }) => text);
}
