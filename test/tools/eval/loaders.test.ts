import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isExtension, LOADER_VERSION } from "../../../activities/answer/retrieval/loaders/formats.ts";
import { parseDocument } from "../../../activities/answer/retrieval/loaders/parse-document.ts";
import { createPdf } from "../../support/documents/pdf.ts";
import { evalLoaders, MIN_SHARE } from "./loaders/eval-loaders.ts";
import { measureWords } from "./loaders/measure-words.ts";
import { NASTY_SET } from "./nasty-set/nasty-set.ts";

/** The texts of the shipped files with this version of the loaders. */
const TEXTS = {
  version: 3,
  hash: "33f73272f3c4f3c438dad51d484f9f7c1209c00bf370ea5d230f984cc5467d14",
};

test("of each shipped file at least 98 % of the visible words are kept", async () => {
  const { ok, files, skipped } = await evalLoaders();
  expect(skipped).toEqual([]);
  expect(files.filter(({ share }) => share < MIN_SHARE)).toEqual([]);
  expect(files.map(({ measuredBy }) => measuredBy)).toEqual(NASTY_SET.map(() => "words"));
  expect(ok).toBe(true);
});

test("a folder with scanned pages, and a file that cannot be read, is graded too low", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-eval-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const words = {
    x: 50,
    y: 700,
    text: "We open at nine and close at six, every day but Monday, and in August at ten.",
  };
  writeFileSync(join(folder, "half.pdf"), createPdf([{ texts: [words] }, { texts: [], isScan: true }]));
  writeFileSync(join(folder, "old.doc"), "x");
  const report = await evalLoaders(folder);
  expect(report).toMatchObject({ ok: false, share: 0.5, skipped: [{ path: "old.doc" }] });
  expect(report.lossy).toMatchObject([{ path: "half.pdf", share: 0.5 }]);
});

test("a lost word is counted as often as it is lost, and named", () => {
  expect(measureWords("Nine to five, nine to six. 冬季", "to five nine 冬")).toEqual({
    visible: 8,
    kept: 4,
    missing: ["nine", "to", "six", "季"],
  });
});

// A file is read again only when its hash changes, and the hash has the version.
test("the version of the loaders changes with the texts that they give", async () => {
  const hash = createHash("sha256");
  for (const { name, content } of NASTY_SET) {
    const extension = extname(name);
    if (!isExtension(extension)) throw new Error(`There is no loader for ${name}.`);
    const result = await parseDocument({ extension, bytes: Buffer.from(content) });
    hash.update(
      JSON.stringify([name, result.ok ? [result.parsed.title, result.parsed.blocks] : result.reason]),
    );
  }
  expect({ version: LOADER_VERSION, hash: hash.digest("hex") }).toEqual(TEXTS);
});
