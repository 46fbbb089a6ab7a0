import type { Command } from "commander";
import { getTenant } from "../../api/operations/tenants.ts";
import { UserError } from "../runtime/errors.ts";
import {
  addCommand,
  type CommandContext,
  type CommandOptions,
  type CommandOutput,
  type CommandResult,
  runCommand,
} from "./run-command.ts";

export interface TenantOptions extends CommandOptions {
  tenant?: string;
}

export interface TenantContext extends CommandContext {
  tenantId: string;
}

/** A command about the rows of one tenant. */
export function createTenantCommand(
  parent: Command,
  name: string,
  description: string,
  examples: readonly string[] = [],
): Command {
  return addCommand(parent, { name, description, examples }).option(
    "--tenant <id>",
    "the tenant; default: PARLEY_TENANT",
  );
}

/** `runCommand` for a tenant that exists. */
export async function runForTenant<Found extends CommandResult>(
  options: TenantOptions,
  work: (given: TenantContext) => Promise<Found>,
  output: CommandOutput<Found> = {},
): Promise<void> {
  await runCommand(options, {
    ...output,
    work: async (given: CommandContext) => {
      const tenantId = options.tenant ?? given.config.PARLEY_TENANT;
      await getTenant(given, { tenantId });
      return await work({ ...given, tenantId });
    },
  });
}

/** Throws a sentence for the user if the value is null. */
export function requireFound<T>(found: T | null, why: string): T {
  if (found === null) throw new UserError(why);
  return found;
}
