import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { testTimeout: 120_000, expect: { poll: { timeout: 15_000 } }, env: { NO_COLOR: "1" } },
});
