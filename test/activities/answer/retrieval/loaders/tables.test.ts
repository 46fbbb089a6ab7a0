import { describe, expect, it } from "vitest";
import { parseCsv } from "../../../../../activities/answer/retrieval/loaders/csv.ts";
import { parseJson, parseJsonLines } from "../../../../../activities/answer/retrieval/loaders/json.ts";

describe("parseCsv", () => {
  it.each([",", ";", "\t", "|"])(
    "rows with the separator %j are recognised, also with quoted cells",
    (separator) => {
      const source = [
        `Bike${separator}Day`,
        `"City${separator} ""red"""${separator}"two\nlines"`,
        `Tandem${separator}38`,
      ].join("\r\n");
      expect(parseCsv(source).blocks).toEqual([
        {
          headings: [],
          text: `Bike | Day\nCity${separator === "\t" ? "" : separator} "red" | two lines\nTandem | 38`,
          header: "Bike | Day",
        },
      ]);
    },
  );

  it("an empty row separates two tables, and a row with one cell is the caption of its table", () => {
    const { blocks } = parseCsv("Rental,,\nBike,Day,Week\nCity,19,95\n\n,,\nTandem,38,190\n");
    expect(blocks).toEqual([
      { headings: [], text: "Rental" },
      { headings: [], text: "Bike | Day | Week\nCity | 19 | 95", header: "Bike | Day | Week" },
      { headings: [], text: "Tandem | 38 | 190", header: "Bike | Day | Week" },
    ]);
  });

  it("a long table is several blocks with the same header, and keeps each row", () => {
    const rows = Array.from({ length: 1_200 }, (_, i) => `Bike ${i},${i}`);
    const { blocks, count } = parseCsv(["Name,Price", ...rows].join("\n"));
    expect(blocks.map(({ header }) => header)).toEqual(["Name | Price", "Name | Price", "Name | Price"]);
    const lines = blocks.flatMap(({ text }) => text.split("\n"));
    expect(lines).toEqual(["Name | Price", ...rows.map((row) => row.replace(",", " | "))]);
    expect(count.kept).toBe(count.visible);
  });

  it("a file with one column is a text", () => {
    expect(parseCsv("We open at nine.\n\nWe close at six.").blocks).toHaveLength(1);
  });
});

describe("parseJson", () => {
  it("each object is a block with its names, and numbers keep their digits", () => {
    const source =
      '{"title":"FAQ","list":[{"question":"Rent?","answer":"<p>Yes, <b>now</b>.</p>"},{"id":12345678901234567890,"open":true,"x":null}]}';
    expect(parseJson(source).blocks).toEqual([
      { headings: [], text: "title: FAQ" },
      { headings: ["FAQ", "list"], text: "question: Rent?\nanswer: Yes, now." },
      { headings: ["FAQ", "list"], text: "id: 12345678901234567890\nopen: true" },
    ]);
  });

  it("names of empty values do not count as text", () => {
    const { count, blocks } = parseJson('{"a":"one","empty":"","list":[],"none":null}');
    expect([count, blocks]).toEqual([{ visible: 3, kept: 3 }, [{ headings: [], text: "a: one" }]]);
  });

  it("JSON that is not valid is refused with the reason", () => {
    expect(() => parseJson('{"a": }')).toThrow(/is not valid JSON \(Unexpected token/);
    expect(() => parseJson("[".repeat(200_000))).toThrow(/is not valid JSON/);
  });

  it("a document in each line is read", () => {
    expect(parseJsonLines('{"q":"A?"}\n\n{"q":"B?"}').blocks.map(({ text }) => text)).toEqual([
      "q: A?",
      "q: B?",
    ]);
  });
});
