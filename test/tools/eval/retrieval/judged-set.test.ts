import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readJudgedSet } from "./judged-set.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-judged-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

it("sections of a file become documents, and a question is judged by the links of its sections", () => {
  const documents = write("sections.json", [
    { chunk_link: "https://a.example/#one", chunk_heading: "One", text: "One\n\nThe lamp is free." },
    { chunk_link: "https://a.example/#two", chunk_heading: "Two", text: "Nothing else." },
  ]);
  const questions = write("questions.json", [
    { question: "Is it free?", correct_chunks: "['https://a.example/#one', 'https://a.example/#two']" },
    { question: "And now?", correct_chunks: ["https://a.example/#two"] },
  ]);
  const set = readJudgedSet(documents, questions, join(folder, "scratch"));
  expect(readFileSync(join(set.folder, "00000.md"), "utf8")).toBe("# One\n\n\n\nThe lamp is free.\n");
  expect(set.sectionOf({ documentPath: "00001.md", heading: "" })).toBe("https://a.example/#two");
  expect(set.questions.map(({ relevant }) => [...relevant])).toEqual([
    ["https://a.example/#one", "https://a.example/#two"],
    ["https://a.example/#two"],
  ]);
});

it("a question to a folder is judged by document and last heading", () => {
  const questions = write("questions.json", [{ question: "When?", document: "hours.md", heading: "Shop" }]);
  const set = readJudgedSet(folder, questions, join(folder, "scratch"));
  expect([...(set.questions[0]?.relevant ?? [])]).toEqual(["hours.md#Shop"]);
  expect(set.sectionOf({ documentPath: "hours.md", heading: "Hours > Shop" })).toBe("hours.md#Shop");
});

it("a file of another form is refused", () => {
  const documents = write("sections.json", [{ link: "a" }]);
  const questions = write("questions.json", []);
  expect(() => readJudgedSet(documents, questions, join(folder, "scratch"))).toThrow("chunk_link");
});
