import { Command } from "commander";
import { demoDataDir, demoEnvFile } from "../dev/data-dir.ts";
import { StackError } from "../dev/stack-error.ts";
import { ConfigError } from "../runtime/config.ts";
import { loadEnvFile } from "../runtime/load-env-file.ts";
import { addDailyCommands } from "./commands/daily.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addEndpointCommands } from "./commands/endpoints.ts";
import { addEventCommands } from "./commands/events.ts";
import { addServerCommands } from "./commands/servers.ts";
import { addSetupCommands } from "./commands/setup.ts";

/** Exit codes: 0 done and well, 1 failed, 2 called wrongly. */
const USAGE_ERROR = 2;

const program = new Command("parley")
  .description("A durable conversation engine for messaging channels.")
  .showHelpAfterError()
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR);
  });
addDemoCommand(program);
addServerCommands(program);
addSetupCommands(program);
addDailyCommands(program);
addEndpointCommands(program);
addEventCommands(program);

loadEnvFile();
// Beside a running demo the other commands speak to it, unless they were told otherwise.
if (process.argv[2] !== "demo" && !process.env["DATABASE_URL"]) loadEnvFile(demoEnvFile(demoDataDir()));
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof StackError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
