import { describe, expect, it } from "vitest";
import { parseHtml } from "../../../../../activities/answer/retrieval/loaders/html/parse-html.ts";

describe("parseHtml", () => {
  it.each([
    ['<a href="tel:+4420" aria-label="Call the desk"><svg><path/></svg></a>', "Call the desk (+4420)"],
    [
      '<a href="https://shop.example.com/ig" title="Instagram"><i></i></a>',
      "Instagram (https://shop.example.com/ig)",
    ],
    [
      '<button aria-label="Book a bike"><i></i></button><button title="Cancel"></button>',
      "Book a bike Cancel",
    ],
    ['<a href="#" role="button" title="Prices"><img alt="" src="p.png"></a>', "Prices"],
    [
      '<a href="/m" aria-label="Map"><img alt="Map"></a>, <a href="/m" title="Way"><img alt="Plan"></a>',
      "Map , Plan Way",
    ],
    [
      '<a href="/f"><svg><title>Face &amp; book</title></svg></a> <svg role="img"><title>Open</title></svg>',
      "Face & book Open",
    ],
    [
      '<span role="img" aria-label="Five stars"></span><div role="button" aria-label="Show"></div>',
      "Five stars\nShow",
    ],
    ['<img src="a.png" title="Opening hours"><img alt=" " aria-label="Plate">', "Opening hours Plate"],
    ['<input value="" placeholder="City"><textarea placeholder="Notes"></textarea>', "City Notes"],
    ['<select><option label="Large" value="1"><option>Small</select>', "Large; Small;"],
    ['<a href="/r" title="More about rent">Read</a><a href="/s" aria-label="Sale"><b>Buy</b></a>', "ReadBuy"],
  ])("what has no words keeps its name: %s", (source, text) => {
    const { blocks, count } = parseHtml(source);
    expect(blocks.map((block) => block.text).join("\n")).toBe(text);
    expect(count.kept).toBe(count.visible);
  });

  it("the name of a menu's button, and of a link within the page, does not become a part of a heading", () => {
    const page = `<button aria-expanded="false" aria-label="Menu"></button><h2>Hours
      <a href="#hours" aria-label="Permalink" title="Permalink"><svg><title>Link</title></svg></a></h2><p>Nine.</p>`;
    expect(toPairs(page)).toEqual([
      ["", "Menu"],
      ["Hours", "Nine."],
    ]);
  });

  it.each([
    ["<h2>Visit</h2><address>Pier Road 9<br>Hull</address>", [["Visit", "Pier Road 9\nHull"]]],
    ["<dl><dt>Rent<dd>19<div><dt>Late<dd>5</div></dl>", [["", "Rent\n19\nLate\n5"]]],
    ["<dl><dt>Rent<dd><ul><li>19</ul><dl><dt>Late<dd>5</dl></dl>", [["", "Rent\n- 19\nLate\n5"]]],
    [
      "<figure><img alt=Bike><figcaption>The <b>city</b> bike</figcaption></figure>",
      [
        ["", "Bike"],
        ["", "The city bike"],
      ],
    ],
    ["<table><tr><td>1<td><figure><figcaption>Bike</figcaption></figure></table>", [["", "1 | Bike"]]],
    [
      "<details>Before <summary>Buy?</summary><details><summary>New?</summary>No.</details>Yes.</details>",
      [
        ["", "Before"],
        ["Buy?>New?", "No."],
        ["Buy?", "Yes."],
      ],
    ],
    [
      "<table><tr><td><details><summary>Buy?</summary>No.</details><td>x</table>",
      [
        ["Buy?", "No."],
        ["", "x"],
      ],
    ],
    [
      "<details><summary>Closed on Monday</summary></details><p>Next</p>",
      [
        ["", "Closed on Monday"],
        ["", "Next"],
      ],
    ],
    [
      "<table><tr><td>1<td>2</tr><caption>Prices</caption></table>",
      [
        ["", "Prices"],
        ["", "1 | 2"],
      ],
    ],
    [
      "<table><tr><td>1<td><table><caption>Inner</caption><tr><td>2<td>3</table></table>",
      [["", "1 | Inner 2 | 3"]],
    ],
  ])("addresses, definitions, captions and folded texts stay: %s", (source, pairs) => {
    expect(toPairs(source)).toEqual(pairs);
  });
});

function toPairs(source: string): string[][] {
  return parseHtml(source).blocks.map(({ headings, text }) => [headings.join(">"), text]);
}
