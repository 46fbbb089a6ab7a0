import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openJournal, rewriteJournal } from "../../../../../infra/sandbox/fakes/server/journal.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  file = join(folder, "deep", "a.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

function replayJournal(): unknown[] {
  const entries: unknown[] = [];
  openJournal(file, (entry) => entries.push(entry)).close();
  return entries;
}

function write(...entries: unknown[]): void {
  const journal = openJournal(file, () => undefined);
  for (const entry of entries) journal.append(entry);
  journal.close();
}

test("entries come back in their order, whatever letters they hold", () => {
  write({ text: "é\n\u2028" }, 2);
  write(3);
  expect(replayJournal()).toEqual([{ text: "é\n\u2028" }, 2, 3]);
});

test("a last line that was torn is dropped and does not spoil the next one", () => {
  write(1);
  appendFileSync(file, '{"half');
  write(2);
  expect(replayJournal()).toEqual([1, 2]);
});

test("a broken line in the middle stops the start with its place", () => {
  write(1);
  writeFileSync(file, `${readFileSync(file, "utf8")}oops\n3\n`);
  expect(replayJournal).toThrow(`${file}:2 is not an entry`);
});

test("a rewritten journal holds the new entries alone", () => {
  write(1, 2, 3);
  rewriteJournal(file, ["a"]);
  expect(replayJournal()).toEqual(["a"]);
});

test("a journal without a file stores nothing and does not fail", () => {
  const journal = openJournal(undefined, () => expect.unreachable());
  journal.append(1);
  journal.close();
});
