import { describe, expect, it } from "vitest";
import { parseHtml } from "../../../../../activities/answer/retrieval/loaders/html/parse-html.ts";

describe("parseHtml", () => {
  it("headings, paragraphs, list items and table rows keep their order", () => {
    const { title, blocks } = parseHtml(`<html><head><title>Shop | Delivery</title></head><body><main>
      <h1>Delivery &amp; more</h1><p>By <b>van</b>.</p><h2>Zones</h2>
      <table><tr><th>Zone</th><th>Price</th></tr><tr><td><p>1</p></td><td>$5</td></tr></table>
      <ul><li>One</li><li>Two<ul><li>Deep</li></ul></li></ul></main></body></html>`);
    expect(title).toBe("Delivery & more");
    expect(blocks.map(({ headings, text }) => [headings.join(">"), text])).toEqual([
      ["", "By van."],
      ["Zones", "Zone | Price\n1 | $5"],
      ["Zones", "- One\n- Two\n- Deep"],
    ]);
  });

  it("scripts, styles, navigation, comments and hidden elements are removed", () => {
    const page = `<body><nav>Menu</nav><p>Text<!-- no --></p><script>steal()</script><style>p{}</style>
      <template>x</template><p hidden>Secret</p><div style="display: none">Secret</div><dialog>Closed</dialog>
      <div role="dialog">Popup</div><div class="cookie-banner">We use cookies</div></body>`;
    expect(textsOf(page)).toEqual(["Text"]);
  });

  it("the page's header and footer stay, because they often contain the address, and belong to no heading", () => {
    const page =
      "<body><header>Top</header><h2>Hours</h2><p>Nine.</p><footer>Pier Road 9</footer><p>Ten.</p></body>";
    expect(parseHtml(page).blocks.map(({ headings, text }) => [headings.join(">"), text])).toEqual([
      ["", "Top"],
      ["Hours", "Nine."],
      ["", "Pier Road 9"],
      ["Hours", "Ten."],
    ]);
  });

  it("text next to the first main element stays", () => {
    expect(textsOf("<main><p>Cookies</p></main><section><p>Prices</p></section>")).toEqual([
      "Cookies",
      "Prices",
    ]);
  });

  it("the question of an accordion is the heading of its answer, also while the answer is folded", () => {
    const page = `<h2>FAQ</h2><div><button aria-expanded="false" aria-controls="a">Rent?</button><div id="a" hidden>Yes.</div></div>
      <details><summary>Buy?</summary>No.</details><div><button aria-expanded=false>Swap?</button><p>Ask.</p>
      <button aria-expanded=false>Lend?</button><p>Never.</p></div><p>After</p>`;
    expect(parseHtml(page).blocks.map(({ headings, text }) => [headings.join(">"), text])).toEqual([
      ["FAQ>Rent?", "Yes."],
      ["FAQ>Buy?", "No."],
      ["FAQ>Swap?", "Ask."],
      ["FAQ>Lend?", "Never."],
      ["FAQ", "After"],
    ]);
  });

  it("a hidden element stays below what a press may open, and nowhere else", () => {
    const hide = (text: string) => `<div style="display:none">${text}</div>`;
    const page = `<section><h3>Rent?</h3>${hide("Yes.")}</section><section><p onclick="show()">Buy?</p>${hide("No.")}</section>
      <section><div class="faq-question">Swap?</div>${hide("Ask.")}</section><section><p>Text</p>${hide("Trap")}</section>
      <my-card><template shadowrootmode="open"><p>Shown</p></template></my-card>`;
    expect(textsOf(page)).toEqual(["Yes.", "Buy?", "No.", "Swap?", "Ask.", "Text", "Shown"]);
  });

  it("the address of a link follows its text, unless it is the text or leads nowhere", () => {
    const page = `<p><a href="https://shop.example.com/f?v=2">form</a>, <a href="https://shop.example.com">https://shop.example.com</a>,
      <a href="#top">top</a>, <a href="mailto:desk@shop.example.com?subject=x">desk</a> <a href="/map">map</a></p>`;
    expect(textsOf(page)).toEqual([
      "form (https://shop.example.com/f?v=2), https://shop.example.com, top, desk (desk@shop.example.com) map",
    ]);
    expect(textsOf(`<link rel=canonical href="https://shop.example.com/en/help">${page}`)[0]).toMatch(
      /map \(https:\/\/shop\.example\.com\/map\)$/,
    );
  });

  it("descriptions of images, values of fields and drawn words stay", () => {
    const page = `<p><img alt="Size S"> <input value="170"><input type=password value=x><select><option>A<option>B</select>
      <textarea>note</textarea></p><svg><title>no</title><text>Drawn</text></svg>`;
    expect(textsOf(page)).toEqual(["Size S 170 A; B; note", "Drawn"]);
  });

  it("a table is one block with its header, and a cell over several rows is repeated in each of them", () => {
    const page = "<table><tr><th>Bike<th>Day<tr><td rowspan=2>City<td>19<tr><td>21</table>";
    expect(parseHtml(page).blocks).toEqual([
      { headings: [], text: "Bike | Day\nCity | 19\nCity | 21", header: "Bike | Day" },
    ]);
  });

  it("a table that only gives the page a layout keeps its headings and texts", () => {
    const page =
      "<table><tr><td><h2>Left</h2><p>Words.</p></td><td>Right</td></tr></table><table><tr><td>One<tr><td>Two</table>";
    expect(textsOf(page)).toEqual(["Words.", "Right", "One", "Two"]);
  });

  it("a page that a script fills, and images without a description, are reported", () => {
    const { losses } = parseHtml('<div id="root"></div><script src="app.js"></script><img src="a.png">');
    expect(losses.map(({ what }) => what)).toEqual([
      "the page gets its text from a script",
      "1 images have no alternative text",
    ]);
  });

  it("removed elements do not count as lost text", () => {
    const { count } = parseHtml("<nav>Menu</nav><p>Nine <a href='https://shop.example.com'>o'clock</a></p>");
    expect(count).toEqual({ visible: 10, kept: 10 });
  });

  it("a header inside the article stays, and the title may be in the page's header", () => {
    expect(
      parseHtml("<body><article><header><h1>T</h1><p>Lead</p></header><p>Text</p></article></body>"),
    ).toMatchObject({
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
    expect(textsOf("<section><div>one</div><div>two</div></section>")).toEqual(["one", "two"]);
    expect(textsOf("<div>loose <b>bold</b> words<div>apart</div><p>para</p>tail</div>")).toEqual([
      "loose bold words",
      "apart",
      "para",
      "tail",
    ]);
  });

  it("preformatted text keeps its lines", () => {
    expect(textsOf("<pre>Mon 9\nTue 10</pre>")).toEqual(["Mon 9\nTue 10"]);
  });

  it("broken markup is parsed as far as possible", () => {
    expect(textsOf("<div><p>open <b>bold<p>next</div></section>").join(" ")).toMatch(/open bold\s+next/);
    expect(parseHtml("<h2>Hours<p>Nine.").blocks).toEqual([{ headings: ["Hours"], text: "Nine." }]);
    expect(textsOf("just words")).toEqual(["just words"]);
    expect(textsOf("")).toEqual([]);
  });
});

function textsOf(source: string): string[] {
  return parseHtml(source).blocks.map(({ text }) => text);
}
