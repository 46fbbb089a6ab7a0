import { type Command, InvalidArgumentError } from "commander";
import type { Database } from "../../db/postgres.ts";
import { StackError } from "../dev/stack-error.ts";
import { type Config, loadConfig } from "../runtime/config.ts";
import { EgressRefused } from "../runtime/egress-guard.ts";
import { configuredVault } from "../runtime/vault.ts";
import { describeFacts } from "./describe-facts.ts";
import { withDatabase } from "./with-database.ts";

export interface TenantOptions {
  json: boolean;
  tenant?: string;
}

export interface TenantWork {
  db: Database;
  tenantId: string;
  config: Config;
  vault: ReturnType<typeof configuredVault>;
}

/** A command about what one tenant has. */
export function tenantCommand(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option("--tenant <id>", "whose; PARLEY_TENANT where it is left out")
    .option("--json", "print one JSON object on stdout and nothing else", false);
}

/** Does the work and prints the facts that it gives; with --json, `ok` says whether it could be done. */
export async function runForTenant(
  { json, tenant }: TenantOptions,
  work: (given: TenantWork) => Promise<object>,
): Promise<void> {
  const config = loadConfig();
  const given = { config, vault: configuredVault(config), tenantId: tenant ?? config.PARLEY_TENANT };
  try {
    const facts = await withDatabase(config, async (db) => await work({ ...given, db }));
    process.stdout.write(json ? `${JSON.stringify({ ok: true, ...facts })}\n` : `${describeFacts(facts)}\n`);
  } catch (error) {
    if (!(error instanceof StackError || error instanceof EgressRefused)) throw error;
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: error.message })}\n`);
    else process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/** What was looked for, or a word on why it is not there. */
export function known<T>(found: T | null, why: string): T {
  if (found === null) throw new StackError(why);
  return found;
}

export function uuidArgument(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    throw new InvalidArgumentError("It must be an id such as 0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11.");
  return text;
}

export function wholeNumberArgument(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
