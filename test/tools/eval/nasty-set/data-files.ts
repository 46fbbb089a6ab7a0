import type { NastyFile } from "./nasty-file.ts";

/** Texts in old encodings, and tables and records. */
export const DATA_FILES: readonly NastyFile[] = [
  {
    name: "latin1.txt",
    content: Buffer.from("Öffnungszeiten\n\nTäglich von neun bis fünf, außer an Feiertagen.", "latin1"),
    visible: "Öffnungszeiten Täglich von neun bis fünf, außer an Feiertagen.",
  },
  {
    name: "utf16.txt",
    content: Buffer.from("Winter storage\r\n\r\nA place costs 65 dollars.", "utf16le"),
    visible: "Winter storage A place costs 65 dollars.",
  },
  {
    name: "shift-jis.txt",
    content: Buffer.from(
      "937e8b4795db8ac782cd985a8f5c8368838b82c582b781428cae82f082a88e9d82bf82ad82be82b382a28142",
      "hex",
    ),
    visible: "冬季保管は六十ドルです。鍵をお持ちください。",
  },
  {
    name: "cyrillic.txt",
    content: Buffer.from(
      "cce0e3e0e7e8ed20eef2eaf0fbf220eae0e6e4fbe920e4e5edfc20f120e4e5e2fff2e820e4ee20f8e5f1f2e82e",
      "hex",
    ),
    visible: "Магазин открыт каждый день с девяти до шести.",
  },
  {
    name: "old-mac.txt",
    content: "Repairs\r\rA flat tire costs 15.\rBring the wheel.\r\rBrakes are free.",
    visible: "Repairs A flat tire costs 15. Bring the wheel. Brakes are free.",
  },
  {
    name: "prices.csv",
    content: 'sep=;\r\nBike;Day;Note\r\n"City; red";"19,50";"two\nlines"\r\nTandem;38;"says ""ring"""\r\n',
    visible: 'Bike Day Note City; red 19,50 two lines Tandem 38 says "ring"',
  },
  {
    name: "stock.tsv",
    content: "Part\tPlace\nChain\tShelf 4\nTube\tShelf 9\n",
    visible: "Part Place Chain Shelf 4 Tube Shelf 9",
  },
  {
    name: "faq.json",
    content: JSON.stringify({
      title: "Questions",
      entries: [
        { question: "Do you lend locks?", answer: "<p>Yes, <b>for free</b>.</p>", tags: ["lock", "rent"] },
        { question: "Order number?", answer: "See below", open: true },
      ],
    }).replace('"See below"', "12345678901234567890"),
    visible: "Questions Do you lend locks? Yes, for free. lock rent Order number? 12345678901234567890 true",
  },
  {
    name: "faq.jsonl",
    content: '{"q":"Is there a toilet?","a":"By the stairs."}\n{"q":"And water?","a":"At the tap."}\n',
    visible: "Is there a toilet? By the stairs. And water? At the tap.",
  },
];
