import { deflateSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import type { Extension } from "../../../../../activities/answer/retrieval/loaders/formats.ts";
import { createDocumentParser } from "../../../../../activities/answer/retrieval/loaders/parse-in-thread.ts";
import { createPdf } from "../../../../support/documents/pdf.ts";

const MB = 1024 * 1024;

function openParser(limits: Parameters<typeof createDocumentParser>[0]) {
  const parser = createDocumentParser(limits);
  onTestFinished(async () => await parser.close());
  return async (extension: Extension, content: string | Buffer) =>
    await parser.parse({ extension, bytes: Buffer.from(content) });
}

test("a file whose marks are nested without end is refused after the time limit, in another thread", async () => {
  const parse = openParser({ timeoutMs: 1_000 });
  const before = process.threadCpuUsage();
  // The parser needs the square of the depth.
  expect(await parse(".html", "<b>".repeat(600_000))).toMatchObject({ ok: false });
  const { user, system } = process.threadCpuUsage(before);
  // The work is done in another thread.
  expect((user + system) / 1_000).toBeLessThan(500);
  const parseNext = openParser({});
  expect(await parseNext(".txt", `Opening hours\n\n${"We open at nine. ".repeat(300)}`)).toMatchObject({
    ok: true,
    parsed: { title: "Opening hours" },
  });
});

test("a small file that expands beyond the memory limit is refused", async () => {
  const parse = openParser({ maxGrowth: 64 * MB });
  const deflated = deflateSync(Buffer.alloc(300 * MB, " "));
  const file = createPdf([{ texts: [], deflated }]);
  expect(file.length).toBeLessThan(MB);
  expect(await parse(".pdf", file)).toEqual({
    ok: false,
    reason: "needs too much memory to be read; split it",
  });
});
