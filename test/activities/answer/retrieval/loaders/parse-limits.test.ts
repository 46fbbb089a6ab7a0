import { expect, onTestFinished, test } from "vitest";
import { createDocumentParser } from "../../../../../activities/answer/retrieval/loaders/parse-in-thread.ts";

function openParser(timeoutMs: number) {
  const parser = createDocumentParser(timeoutMs);
  onTestFinished(async () => await parser.close());
  return async (extension: string, text: string) =>
    await parser.parse({ extension, bytes: Buffer.from(text) });
}

test.each([
  [".md", "*a_".repeat(60_000)],
  [".html", "<div>".repeat(60_000)],
])(
  "a %s file whose marks are nested without end is refused after the time limit, in another thread",
  async (extension, text) => {
    const parse = openParser(2_000);
    const before = process.threadCpuUsage();
    expect(await parse(extension, text)).toMatchObject({ ok: false });
    const { user, system } = process.threadCpuUsage(before);
    // The work is done in another thread.
    expect((user + system) / 1_000).toBeLessThan(500);
    // The start of a thread takes seconds next to busy neighbours.
    const parseNext = openParser(20_000);
    expect(await parseNext(".txt", `Opening hours\n\n${"We open at nine. ".repeat(300)}`)).toMatchObject({
      ok: true,
      parsed: { title: "Opening hours" },
    });
  },
);
