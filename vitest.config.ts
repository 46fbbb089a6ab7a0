import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-sandbox.ts"],
    pool: "forks",
    // The servers share the two cores with the tests: more files at once only wait for each other.
    maxWorkers: 2,
    testTimeout: 60_000,
    // Colour is a terminal's: some CI servers would have it in a pipe too.
    env: { NO_COLOR: "1" },
    hookTimeout: 120_000,
  },
});
