import type { Command } from "commander";
import { loadProcessConfig } from "../load-process-config.ts";

export function addMigrateCommand(program: Command): void {
  program
    .command("migrate")
    .description(
      "Brings the schema, accounts, search attributes and vector index up to date. May run at any time, also twice at once.",
    )
    .action(async () => {
      const { migrateAll } = await import("../tasks/migrate.ts");
      await migrateAll(loadProcessConfig(), (line) => process.stderr.write(`${line}\n`));
    });
}
