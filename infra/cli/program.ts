import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addApiCommand } from "./commands/api.ts";
import { addConfigCommand } from "./commands/config.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addInitCommand } from "./commands/init.ts";
import { addIngestCommand } from "./commands/ingest.ts";
import { addMigrateCommand } from "./commands/migrate.ts";
import { addSendCommand } from "./commands/send.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addWorkerCommand } from "./commands/worker.ts";
import { addAccountCommands } from "./commands/accounts/accounts.ts";
import { addContactCommands } from "./commands/contacts.ts";
import { addConversationCommands } from "./commands/conversations/conversations.ts";
import { addDeploymentCommands } from "./commands/deployment.ts";
import { addDeliveryCommands } from "./commands/deliveries.ts";
import { addTurnCommands } from "./commands/turns.ts";
import { addDeadLetterCommands } from "./commands/dead-letters/dead-letters.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addEndpointCommands } from "./commands/endpoints.ts";
import { addEventCommands } from "./commands/events.ts";
import { addKeyCommands } from "./commands/keys.ts";
import { addIndexCommands } from "./commands/vector-index.ts";
import { addTelegramCommands } from "./commands/telegram.ts";
import { addTenantCommands } from "./commands/tenants.ts";
import { EXIT_USAGE } from "./run-command.ts";

const { version: VERSION } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string };

/** All commands of `parley`. `exit` is called when the arguments end the program: they ask for help, or they are wrong. */
export function createProgram(exit: (code: number) => never): Command {
  const program = new Command("parley")
    .description("A durable conversation engine for messaging channels.")
    .version(VERSION, "--version", "print the version")
    .showHelpAfterError("`--help` after the command shows its arguments and options.")
    .exitOverride((error) => {
      if (error.exitCode === 0) return exit(0);
      printUsageError(program, error.message);
      return exit(EXIT_USAGE);
    });
  addDemoCommand(program);
  addApiCommand(program);
  addWorkerCommand(program);
  addMigrateCommand(program);
  addInitCommand(program);
  addConfigCommand(program);
  addDoctorCommand(program);
  addIngestCommand(program);
  addSendCommand(program);
  addStatusCommand(program);
  addTenantCommands(program);
  addKeyCommands(program);
  addAccountCommands(program);
  addContactCommands(program);
  addConversationCommands(program);
  addTurnCommands(program);
  addDeliveryCommands(program);
  addDeadLetterCommands(program);
  addEndpointCommands(program);
  addEventCommands(program);
  addTelegramCommands(program);
  addIndexCommands(program);
  addDeploymentCommands(program);
  return program;
}

/** commander has written its message to stderr. With `--json` a program reads stdout, which holds one object with `error`. */
function printUsageError(program: Command, message: string): void {
  // commander keeps the arguments in a field that its types do not declare.
  const { rawArgs = [] } = program as Command & { rawArgs?: string[] };
  if (!rawArgs.includes("--json")) return;
  process.stdout.write(`${JSON.stringify({ error: message.replace(/^error: /, "") })}\n`);
}
