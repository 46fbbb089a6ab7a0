import type { NastyFile } from "./nasty-file.ts";

/** Pages whose text lies in places that simple readers of HTML skip. */
export const WEB_FILES: readonly NastyFile[] = [
  {
    name: "faq-accordion.html",
    content: `<!doctype html><title>Help</title><body><nav><a href="/">Home</a></nav><main><h1>Help</h1>
      <div class="item"><button aria-expanded="false" aria-controls="a1">Do you lend pumps?</button>
      <div id="a1" hidden>Yes, at the front desk.</div></div>
      <details><summary>May I bring a trailer?</summary><p>One trailer for each bike.</p></details>
      <h3><button aria-expanded="false">Is there a car park?</button></h3>
      <div class="collapse" style="display:none">In Mill Road.</div></main>
      <script>const hidden = "Not a text.";</script></body>`,
    visible:
      "Help Do you lend pumps? Yes, at the front desk. May I bring a trailer? One trailer for each bike. Is there a car park? In Mill Road.",
  },
  {
    name: "two-mains.html",
    content: `<body><header><p>Lakeside Bikes</p></header><main><p>We use cookies.</p></main>
      <section><h2>Prices</h2><p>A day costs 24 dollars.</p></section><aside>Closed in February.</aside>
      <footer><p>Pier Road 9, phone 555 0188</p></footer></body>`,
    visible:
      "Lakeside Bikes We use cookies. Prices A day costs 24 dollars. Closed in February. Pier Road 9, phone 555 0188",
  },
  {
    name: "pictures-and-fields.html",
    content: `<h1>Sizes</h1><p><img src="s.png" alt="Small fits riders from 150 to 162 cm"> <svg><title>x</title><text>Medium to 175 cm</text></svg></p>
      <form><label for="n">Your height</label><input id="n" value="170"><input type="hidden" value="secret">
      <select><option>Road bike</option><option>Gravel bike</option></select><textarea>Write here</textarea>
      <button>Reserve now</button></form>`,
    visible:
      "Sizes Small fits riders from 150 to 162 cm Medium to 175 cm Your height 170 Road bike Gravel bike Write here Reserve now",
  },
  {
    name: "tables.html",
    content: `<table><caption>Rental</caption><thead><tr><th>Bike<th>Day</thead><tr><td rowspan="2">City<td>19<tr><td>21 at weekends
      <tr><td>Tandem<ul><li>two seats</li><li>two saddles</li></ul><td>38</table>
      <table role="presentation"><tr><td><h2>Left</h2><p>A long text.</p></td><td>Right</td></tr></table>`,
    visible: "Rental Bike Day City 19 21 at weekends Tandem two seats two saddles 38 Left A long text. Right",
  },
  {
    name: "unclosed.html",
    content: `<h2>Hours<p>Mon to Fri<p>Sat<ul><li>8 to 4<li>closed at noon</ul><dl><dt>Pick-up<dd>Gate 2</dl><p>x&shy;y<ruby>漢<rt>kan</rt></ruby>`,
    visible: "Hours Mon to Fri Sat 8 to 4 closed at noon Pick-up Gate 2 xy漢 kan",
  },
  {
    name: "old-page.htm",
    content: Buffer.concat([
      Buffer.from('<html><head><meta charset="windows-1252"></head><body><p>Price '),
      Buffer.from([0x80]),
      Buffer.from(" 45 "),
      Buffer.from([0x96]),
      Buffer.from(" caf"),
      Buffer.from([0xe9]),
      Buffer.from(" included</p></body></html>"),
    ]),
    visible: "Price € 45 – café included",
  },
  {
    name: "links-and-tables.md",
    content: [
      "---",
      "# written by the shop",
      "title: >-",
      "  Return",
      "  policy",
      "...",
      "",
      "Use the [form](https://shop.example.com/form?v=3) or [the map][map].[^1]",
      "Our fees:",
      "| Case | Fee |",
      "| --- | --- |",
      "| Late \\| lost | 12 |",
      "",
      "[^1]: Members.",
      "",
      "<details><summary>And gifts?</summary>",
      "",
      "Bring the **card**.",
      "",
      "</details>",
      "",
      "- [x] paid",
      "",
      "[map]: https://shop.example.com/map",
    ].join("\r\n"),
    visible:
      "Return policy Use the form or the map. 1 Our fees: Case Fee Late lost 12 1 Members. And gifts? Bring the card. x paid",
  },
  {
    name: "components.mdx",
    content: [
      "import Tabs from '@theme/Tabs';",
      "",
      "# Setup",
      "",
      "<Tabs>",
      '<TabItem value="a" label="Town bike">',
      "",
      "Pay 15 dollars.",
      "",
      "</TabItem>",
      "</Tabs>",
      "",
      ":::warning Closed on Sundays",
      "Bring a card.",
      ":::",
    ].join("\n"),
    visible: "Setup Town bike Pay 15 dollars. Closed on Sundays Bring a card.",
  },
];
