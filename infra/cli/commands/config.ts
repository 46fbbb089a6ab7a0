import type { Command } from "commander";
import { redactConfig } from "../../runtime/config/config.ts";
import { loadProcessConfig } from "../load-process-config.ts";

export function addConfigCommand(program: Command): void {
  program
    .command("config")
    .description("Checks the configuration and prints it.")
    .requiredOption("--redacted", "print of each secret only whether it is set (there is no other form)")
    .action(() => {
      process.stdout.write(`${JSON.stringify(redactConfig(loadProcessConfig()), null, 2)}\n`);
    });
}
