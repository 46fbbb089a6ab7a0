import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LoadedDocument } from "../../../../activities/answer/retrieval/document.ts";
import { loadDocuments, type SkippedFile } from "../../../../activities/answer/retrieval/load-documents.ts";
import { LOADER_VERSION } from "../../../../activities/answer/retrieval/loaders/formats.ts";
import { createPdf } from "../../../support/documents/pdf.ts";
import { createTextPdf } from "../../../../infra/sandbox/sample/text-pdf.ts";

let base: string;
let folder: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "parley-documents-"));
  folder = join(base, "knowledge");
  mkdirSync(folder);
});
afterEach(() => rmSync(base, { recursive: true }));

describe("loadDocuments", () => {
  it("every format below the folder is loaded, in the order of paths", async () => {
    put("b.html", "<main><h1>Delivery</h1><p>By van.</p></main>");
    put("c.HTM", "<p>Old page</p>");
    put("deep/er/a.md", "# Returns\n\nBring it back.");
    put("d.txt", "Club\n\nJoin us.");
    put("e.pdf", createTextPdf("Storage", [{ text: "Sixty dollars.", size: 11 }]));
    const { documents, skipped } = await load();
    expect(skipped).toEqual([]);
    expect(documents.map(({ path, title, blocks }) => [path, title, blocks.map(({ text }) => text)])).toEqual(
      [
        ["b.html", "Delivery", ["By van."]],
        ["c.HTM", "c", ["Old page"]],
        ["d.txt", "Club", ["Join us."]],
        ["deep/er/a.md", "Returns", ["Bring it back."]],
        ["e.pdf", "Storage", ["Sixty dollars."]],
      ],
    );
  });

  it("a document has the hash of its bytes and of the version of the loaders, and its file name as title if the text has no title", async () => {
    put("opening-hours_2027.md", "\uFEFFWe open at nine.");
    const { documents } = await load();
    const sha256 = createHash("sha256").update(`${LOADER_VERSION}\n\uFEFFWe open at nine.`).digest("hex");
    const blocks = [{ headings: [], text: "We open at nine." }];
    const path = "opening-hours_2027.md";
    expect(documents).toMatchObject([{ path, title: "opening hours 2027", sha256, blocks }]);
  });

  it("front matter after a byte order mark is recognised", async () => {
    put("hours.md", "\uFEFF---\ntitle: Opening hours\n---\n\nWe open at nine.");
    const { documents } = await load();
    expect(documents.map(({ title, blocks }) => [title, blocks.length])).toEqual([["Opening hours", 1]]);
  });

  it("hidden files and folders are skipped without a report", async () => {
    put(".draft.md", "no");
    put(".git/config.md", "no");
    put("deep/.hidden/x.md", "no");
    put("kept.md", "yes");
    const { documents, skipped } = await load();
    expect([documents.map(({ path }) => path), skipped]).toEqual([["kept.md"], []]);
  });

  it("a file that cannot be loaded is reported with the reason, and the next one is loaded", async () => {
    put("binary.txt", Buffer.from("a\0b"));
    put("broken.pdf", "%PDF-1.4 and no more");
    put("empty.md", "");
    put("blank.md", " \n\n<!-- nothing -->\n");
    put("letter.docx", "PK");
    put("old.doc", "x");
    put("noname", "text");
    put("scan.pdf", createPdf([{ texts: [], isScan: true }], "Scan"));
    put("zz-good.md", "Still read.");
    const { documents, skipped } = await load();
    expect(documents.map(({ path }) => path)).toEqual(["zz-good.md"]);
    expect(new Map(skipped.map(({ path, reason }) => [path, reason]))).toEqual(
      new Map([
        ["binary.txt", expect.stringContaining("binary data")],
        ["blank.md", expect.stringContaining("contains no text")],
        ["broken.pdf", expect.stringContaining("Invalid PDF")],
        ["empty.md", "is empty"],
        ["letter.docx", expect.stringContaining("cannot be read")],
        ["old.doc", "is a .doc file; save it as .docx"],
        ["noname", expect.stringContaining("is not one of .md")],
        [
          "scan.pdf",
          "contains no text; page 1 holds no text: run OCR on the file, for example with ocrmypdf",
        ],
      ]),
    );
  });

  it("a file of 20 MB is loaded, and a larger one is skipped unread", async () => {
    put("book.md", "x");
    truncateSync(join(folder, "book.md"), 20 * 1024 * 1024 + 1);
    put("thick.txt", Buffer.alloc(20 * 1024 * 1024, "\n"));
    const { skipped } = await load();
    expect(skipped).toEqual([
      { path: "book.md", reason: "is larger than 20 MB; split it" },
      { path: "thick.txt", reason: expect.stringContaining("contains no text") },
    ]);
  });

  it("links out of the folder, to folders, to nothing and to themselves are not followed", async () => {
    writeFileSync(join(base, "secret.md"), "not yours");
    mkdirSync(join(base, "knowledge-2"));
    writeFileSync(join(base, "knowledge-2", "near.md"), "a folder whose name begins alike");
    put("inside/real.md", "Inside.");
    symlinkSync(join(base, "secret.md"), join(folder, "out.md"));
    symlinkSync(join(base, "knowledge-2", "near.md"), join(folder, "out2.md"));
    symlinkSync(join(folder, "inside"), join(folder, "again"));
    symlinkSync(folder, join(folder, "inside", "loop"));
    symlinkSync("gone.md", join(folder, "dangling.md"));
    symlinkSync("self.md", join(folder, "self.md"));
    const { documents, skipped } = await load();
    expect(documents.map(({ path }) => path)).toEqual(["inside/real.md"]);
    expect(new Map(skipped.map(({ path, reason }) => [path, reason]))).toEqual(
      new Map([
        ["again", expect.stringContaining("link to a folder")],
        ["dangling.md", expect.stringContaining("ENOENT")],
        ["inside/loop", expect.stringContaining("leads out of the folder")],
        ["out.md", expect.stringContaining("leads out of the folder")],
        ["out2.md", expect.stringContaining("leads out of the folder")],
        ["self.md", expect.stringContaining("ELOOP")],
      ]),
    );
  });

  it("a link to a file inside the folder is followed, as mounted configuration needs", async () => {
    put("..data/hours.md", "Nine to five.");
    symlinkSync("..data/hours.md", join(folder, "hours.md"));
    const { documents } = await load();
    expect(documents.map(({ path }) => path)).toEqual(["hours.md"]);
  });

  it("a pipe is skipped without a wait", async () => {
    execFileSync("mkfifo", [join(folder, "pipe.md")]);
    const { skipped } = await load();
    expect(skipped).toEqual([{ path: "pipe.md", reason: "is not a regular file" }]);
  });
});

function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

async function load(): Promise<{ documents: LoadedDocument[]; skipped: SkippedFile[] }> {
  const skipped: SkippedFile[] = [];
  const documents: LoadedDocument[] = [];
  for await (const document of loadDocuments(folder, (file) => skipped.push(file))) documents.push(document);
  return { documents, skipped };
}
