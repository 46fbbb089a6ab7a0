import type { Command } from "commander";
import { loadConfig } from "../../runtime/config/config.ts";

export function addMigrateCommand(program: Command): void {
  program
    .command("migrate")
    .description(
      "Brings the schema, accounts, search attributes and vector index up to date. May run at any time, also twice at once.",
    )
    .action(async () => {
      const { migrateAll } = await import("../tasks/migrate.ts");
      await migrateAll(loadConfig(), (line) => process.stderr.write(`${line}\n`));
    });
}
