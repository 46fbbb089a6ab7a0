import type { Command } from "commander";
import { parseUuid } from "./options/argument-parsers.ts";
import { createTenantCommand } from "./tenant-command.ts";

/** A command about one conversation. */
export function createConversationCommand(
  parent: Command,
  name: string,
  description: string,
  examples: readonly string[],
): Command {
  return createTenantCommand(parent, name, description, examples).argument(
    "<id>",
    "the conversation's",
    parseUuid,
  );
}
