import type { Command } from "commander";
import { loadConfig, redactConfig } from "../../runtime/config/config.ts";
import { migrateAll } from "../tasks/migrate.ts";

export function addSetupCommands(program: Command): void {
  program
    .command("migrate")
    .description(
      "Brings the schema, accounts, search attributes and vector index up to date. May run at any time, also twice at once.",
    )
    .action(async () => {
      await migrateAll(loadConfig(), (line) => process.stderr.write(`${line}\n`));
    });

  program
    .command("config")
    .description("Checks the configuration and prints it.")
    .requiredOption(
      "--redacted",
      "say of each secret only that it is set (there is no other way to print it)",
    )
    .action(() => {
      process.stdout.write(`${JSON.stringify(redactConfig(loadConfig()), null, 2)}\n`);
    });
}
