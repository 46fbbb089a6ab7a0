import type { Command } from "commander";
import { findTenantRow } from "../../db/tenants/tenants.ts";
import { UserError } from "../runtime/errors.ts";
import {
  addCommand,
  type CommandOptions,
  type CommandContext,
  type CommandResult,
  type CommandRun,
  runCommand,
} from "./run-command.ts";

export interface TenantOptions extends CommandOptions {
  tenant?: string;
}

export interface TenantContext extends CommandContext {
  tenantId: string;
}

/** A command about what one tenant has. */
export function createTenantCommand(
  parent: Command,
  name: string,
  description: string,
  examples: readonly string[] = [],
): Command {
  return addCommand(parent, { name, description, examples }).option(
    "--tenant <id>",
    "whose; PARLEY_TENANT where it is left out",
  );
}

/** The work of a command for a tenant that is there. */
export async function runForTenant<Found extends CommandResult>(
  options: TenantOptions,
  work: (given: TenantContext) => Promise<Found>,
  describe?: (facts: Found) => string,
): Promise<void> {
  const run: CommandRun<CommandContext, Found> = {
    work: async (given) => {
      const tenantId = options.tenant ?? given.config.PARLEY_TENANT;
      const why = `There is no tenant "${tenantId}": \`parley tenants list\` shows those that are there.`;
      requireFound(await findTenantRow(given.db, tenantId), why);
      return await work({ ...given, tenantId });
    },
  };
  await runCommand(options, describe === undefined ? run : { ...run, describe });
}

/** What was looked for, or a word on why it is not there. */
export function requireFound<T>(found: T | null, why: string): T {
  if (found === null) throw new UserError(why);
  return found;
}
