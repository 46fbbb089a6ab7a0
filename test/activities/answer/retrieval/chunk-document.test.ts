import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkDocument, formatSearchText } from "../../../../activities/answer/retrieval/chunk-document.ts";
import type { Block, LoadedDocument } from "../../../../activities/answer/retrieval/document.ts";

const AS_TEXT = { disallowedSpecial: new Set<string>() };

function documentOf(blocks: Block[], path = "returns.md"): LoadedDocument {
  return { path, sha256: "", title: "Returns", blocks };
}

function block(text: string, ...headings: string[]): Block {
  return { headings, text };
}

function keepLetters(text: string): string {
  return text.replace(/\s+/gu, "");
}

const sentence = fc
  .array(
    fc.string({
      unit: fc.constantFrom("a", "b", "c", "d", " ", "é", "ß", "漢", "字", "。", "👩‍👩‍👧‍👦", "🇨🇦", "-"),
      minLength: 1,
      maxLength: 12,
    }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((words) => `${words.join(" ")}. `);
const paragraph = fc
  .array(fc.oneof(sentence, fc.constantFrom("- item\n", "a | b\n", "\n\n", "<|endoftext|> ")), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(""))
  .filter((text) => text.trim() !== "");
const heading = fc.constantFrom("Refunds", "Exchanges", "Post");
const blocks = fc.array(fc.record({ headings: fc.array(heading, { maxLength: 2 }), text: paragraph }), {
  minLength: 1,
  maxLength: 5,
});

describe("chunkDocument", () => {
  it("a short section becomes one chunk under its headings, with one block per line", () => {
    const chunks = chunkDocument(
      documentOf([
        block("First.", "Returns", "Refunds"),
        block("Second.", "Returns", "Refunds"),
        block("Swap it.", "Returns", "Exchanges"),
      ]),
    );
    expect(chunks.map(({ ordinal, heading: path, text }) => [ordinal, path, text])).toEqual([
      [0, "Returns > Refunds", "First.\nSecond."],
      [1, "Returns > Exchanges", "Swap it."],
    ]);
  });

  it("a paragraph that is too long is split at the ends of sentences", () => {
    const text = Array.from(
      { length: 40 },
      (_, i) => `Rule number ${i} says that bikes come back washed.`,
    ).join(" ");
    const chunks = chunkDocument(documentOf([block(text)]), 60);
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) expect(chunk.text).toMatch(/^Rule number .*washed\.$/su);
  });

  it("a table that is too long is split between its rows", () => {
    const rows = Array.from({ length: 40 }, (_, i) => `Job. Number ${i} | $${i}`);
    const chunks = chunkDocument(documentOf([block(rows.join("\n"))]), 50);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.flatMap(({ text }) => text.split("\n"))).toEqual(rows);
  });

  it("each chunk of a long table begins with its header row", () => {
    const header = "Job | Price";
    const rows = Array.from({ length: 40 }, (_, i) => `Job. Number ${i} | $${i}`);
    const text = [header, ...rows].join("\n");
    const chunks = chunkDocument(documentOf([block("Our prices:"), { headings: [], text, header }]), 50);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks[0]?.text).toMatch(/^Our prices:\nJob \| Price\nJob\. Number 0/u);
    for (const chunk of chunks.slice(1)) expect(chunk.text).toMatch(/^Job \| Price\nJob\. Number/u);
    for (const { tokens } of chunks) expect(tokens).toBeLessThanOrEqual(50);
    const lines = chunks.flatMap((chunk) => chunk.text.split("\n")).filter((line) => line !== header);
    expect(lines).toEqual(["Our prices:", ...rows]);
  });

  it("the chunks of a table that goes on in a second block begin with its header row", () => {
    const header = "Job | Price";
    const parts = [`${header}\nWash | 5`, "Oil | 7\nTrue | 9"].map((text) => ({
      headings: [],
      text,
      header,
    }));
    expect(chunkDocument(documentOf(parts)).map(({ text }) => text)).toEqual([
      "Job | Price\nWash | 5\nOil | 7\nTrue | 9",
    ]);
    const [, second] = chunkDocument(documentOf(parts), 16);
    expect(second?.text).toMatch(/^Job \| Price\n/u);
  });

  it("a header row that fills a chunk is not repeated", () => {
    const header = "a long column name | ".repeat(10);
    const text = [header, ...Array.from({ length: 20 }, (_, i) => `row ${i} | ${i}`)].join("\n");
    const chunks = chunkDocument(documentOf([{ headings: [], text, header }]), 60);
    expect(chunks.filter((chunk) => chunk.text.includes("a long column name"))).toHaveLength(1);
  });

  it("the searched text begins with the document's title and the headings", () => {
    const document = documentOf([block("Within 30 days.", "Refunds"), block("Hello.")]);
    const [refunds, hello] = chunkDocument(document).map((chunk) => formatSearchText(document, chunk));
    expect(refunds).toBe("Returns\nRefunds\nWithin 30 days.");
    expect(hello).toBe("Returns\nHello.");
  });

  it("the names of control tokens are ordinary text", () => {
    const [chunk] = chunkDocument(documentOf([block("Type <|endoftext|> or <|im_start|> here.")]));
    expect(chunk?.text).toBe("Type <|endoftext|> or <|im_start|> here.");
  });

  it("a text without spaces is split without the loss of a letter", () => {
    for (const text of [
      "a".repeat(50_000),
      "x9Qk+".repeat(10_000),
      "=".repeat(50_000),
      "漢".repeat(20_000),
    ]) {
      const chunks = chunkDocument(documentOf([block(text)]));
      expect(chunks.map((chunk) => chunk.text).join("")).toBe(text);
    }
  });

  it("a grapheme that fits the limit is never split", () => {
    const family = "👩‍👩‍👧‍👦";
    const limit = countTokens(family, AS_TEXT) + 1;
    const chunks = chunkDocument(documentOf([block(family.repeat(30))]), limit);
    expect(chunks.map(({ text }) => text)).toEqual(Array.from({ length: 30 }, () => family));
  });

  it("the chunks contain every letter in order and keep the token limit", () => {
    const limit = 40;
    fc.assert(
      fc.property(blocks, (list) => {
        const chunks = chunkDocument(documentOf(list), limit);
        expect(keepLetters(chunks.map(({ text }) => text).join(""))).toBe(
          keepLetters(list.map(({ text }) => text).join("")),
        );
        for (const { text, tokens } of chunks) {
          expect(tokens).toBe(countTokens(text, AS_TEXT));
          expect(tokens).toBeLessThanOrEqual(limit);
        }
        expect(chunks.map(({ ordinal }) => ordinal)).toEqual(chunks.map((_, i) => i));
      }),
    );
  });

  it("every chunk has an id of its own, which is the same on every run", () => {
    fc.assert(
      fc.property(blocks, (list) => {
        const ids = chunkDocument(documentOf([...list, ...list]), 40).map(({ chunkId }) => chunkId);
        expect(new Set(ids).size).toBe(ids.length);
        expect(chunkDocument(documentOf([...list, ...list]), 40).map(({ chunkId }) => chunkId)).toEqual(ids);
      }),
    );
  });

  it("an edit changes the ids of the edited section only", () => {
    const sections = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), paragraph), {
      minLength: 2,
      maxLength: 5,
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(sections, fc.nat(), (list, pick) => {
        const edited = list[pick % list.length]?.[0];
        const idsOf = (suffix: string) =>
          chunkDocument(
            documentOf(list.map(([name, text]) => block(name === edited ? text + suffix : text, name))),
            40,
          );
        const others = (suffix: string) =>
          idsOf(suffix)
            .filter((chunk) => chunk.heading !== edited)
            .map(({ chunkId }) => chunkId);
        expect(others("")).toEqual(others(" Edited."));
        expect(idsOf("").map(({ chunkId }) => chunkId)).not.toEqual(
          idsOf(" Edited.").map(({ chunkId }) => chunkId),
        );
      }),
    );
  });

  it("equal texts in two documents or under two headings have different ids", () => {
    const [here] = chunkDocument(documentOf([block("Ask us.", "Refunds")], "a.md"));
    const [there] = chunkDocument(documentOf([block("Ask us.", "Refunds")], "b.md"));
    const [elsewhere] = chunkDocument(documentOf([block("Ask us.", "Exchanges")], "a.md"));
    expect(new Set([here?.chunkId, there?.chunkId, elsewhere?.chunkId]).size).toBe(3);
  });
});
