import { describe, expect, it } from "vitest";
import { consoleProgress } from "../../../infra/sandbox/progress.ts";

function screen(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 20, write: (text: string) => written.push(text) > 0 };
  return { progress: consoleProgress(stream as unknown as NodeJS.WriteStream), text: () => written.join("") };
}

describe("progress", () => {
  it("is plain lines without a terminal, and not one for each tick", () => {
    const { progress, text } = screen(false);
    progress.step("Building");
    for (let i = 0; i < 100; i++) progress.tick(`  ${i} s`);
    progress.note("Built");
    progress.done();
    expect(text()).toBe("Building\n  0 s\nBuilt\n");
  });

  it("rewrites one line on a terminal, cut to its width, and leaves no rest of it", () => {
    const { progress, text } = screen(true);
    progress.tick("a line that is longer than the terminal");
    progress.note("Built");
    progress.tick("1 s");
    progress.done();
    const clear = "\r\x1b[2K";
    expect(text()).toBe(`${clear}a line that is long${clear}Built\n${clear}1 s${clear}`);
  });
});
