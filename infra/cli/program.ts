import { Command } from "commander";
import { addAccountCommands } from "./commands/accounts/accounts.ts";
import { addContactCommands } from "./commands/contacts.ts";
import { addConversationCommands } from "./commands/conversations/conversations.ts";
import { addDailyCommands } from "./commands/daily.ts";
import { addDeploymentCommands } from "./commands/deployment.ts";
import { addDeadLetterCommands } from "./commands/dead-letters/dead-letters.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addEndpointCommands } from "./commands/endpoints.ts";
import { addEventCommands } from "./commands/events.ts";
import { addKeyCommands } from "./commands/keys.ts";
import { addServerCommands } from "./commands/servers.ts";
import { addSetupCommands } from "./commands/setup.ts";
import { addIndexCommands } from "./commands/vector-index.ts";
import { addTelegramCommands } from "./commands/telegram.ts";
import { addTenantCommands } from "./commands/tenants.ts";
import { EXIT_USAGE } from "./run-command.ts";

/** Everything that `parley` can do. `exit` is told how it ends where the arguments decide that: help was asked for, or they are wrong. */
export function createProgram(exit: (code: number) => never): Command {
  const program = new Command("parley")
    .description("A durable conversation engine for messaging channels.")
    .showHelpAfterError()
    .exitOverride((error) => exit(error.exitCode === 0 ? 0 : EXIT_USAGE));
  addDemoCommand(program);
  addServerCommands(program);
  addSetupCommands(program);
  addDailyCommands(program);
  addTenantCommands(program);
  addKeyCommands(program);
  addAccountCommands(program);
  addContactCommands(program);
  addConversationCommands(program);
  addDeadLetterCommands(program);
  addEndpointCommands(program);
  addEventCommands(program);
  addTelegramCommands(program);
  addIndexCommands(program);
  addDeploymentCommands(program);
  return program;
}
