import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-sandbox.ts"],
    pool: "forks",
    // The servers share the two cores with the tests: more files at once only wait for each other.
    maxWorkers: 2,
    // Longer than the limit of `eventually`, which says what was missing. A limit costs a passing test nothing.
    testTimeout: 120_000,
    // Colour is a terminal's: some CI servers would have it in a pipe too.
    env: { NO_COLOR: "1" },
    hookTimeout: 120_000,
    // The default of 1 s is shorter than one slow disk flush on a busy machine. A poll ends as soon as its claim holds.
    expect: { poll: { timeout: 15_000 } },
  },
});
