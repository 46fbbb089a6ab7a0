import pc from "picocolors";
import { demoDataDir, demoEnvFile } from "../sandbox/data-dir.ts";
import { UserError } from "../runtime/errors.ts";
import { ConfigError } from "../runtime/config/config.ts";
import { loadEnvFile } from "../runtime/config/load-env-file.ts";
import { createProgram } from "./program.ts";

// Exit codes: 0 success, 1 failure, 2 wrong usage.
const program = createProgram((code) => process.exit(code));

loadEnvFile();
// While a demo runs, the other commands use it, unless DATABASE_URL is set.
if (process.argv[2] !== "demo" && !process.env["DATABASE_URL"]) useDemo();
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

function useDemo(): void {
  const file = demoEnvFile(demoDataDir());
  if (!loadEnvFile(file) || process.argv.includes("--json")) return;
  process.stderr.write(`${pc.dim(`DATABASE_URL is not set, so this uses the demo of ${file}.`)}\n`);
}
