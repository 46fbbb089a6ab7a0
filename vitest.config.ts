import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { SpreadWaitingFiles } from "./test/support/spread-waiting-files.ts";

// Several hundred processes load the same modules: Node keeps the compiled code and the stripped types.
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "parley-compiled");

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-sandbox.ts"],
    pool: "forks",
    // One more than the cores of a small machine, because many tests wait. More at once only wait for each other.
    maxWorkers: 3,
    sequence: { sequencer: SpreadWaitingFiles },
    // Longer than the limit of `eventually`, which says what was missing. A limit costs a passing test nothing.
    testTimeout: 120_000,
    // Colour is a terminal's: some CI servers would have it in a pipe too.
    env: { NO_COLOR: "1" },
    hookTimeout: 120_000,
    // The default of 1 s is shorter than one slow disk flush on a busy machine. A poll ends as soon as its claim holds.
    expect: { poll: { timeout: 15_000 } },
  },
});
