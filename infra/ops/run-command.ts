import type { Command } from "commander";
import type { Database } from "../../db/postgres.ts";
import { StackError } from "../dev/stack-error.ts";
import { type Config, ConfigError, loadConfig } from "../runtime/config.ts";
import { EgressRefused } from "../runtime/egress-guard.ts";
import { configuredVault } from "../runtime/vault.ts";
import { CalledWrongly } from "./called-wrongly.ts";
import { describeFacts } from "./describe-facts.ts";
import { printable } from "./printable.ts";
import { withDatabase } from "./with-database.ts";

export interface CommandOptions {
  json: boolean;
}

export interface CommandWork {
  db: Database;
  config: Config;
  vault: ReturnType<typeof configuredVault>;
}

/** What a command found or did. `ok: false` says that it was not done, and ends with exit code 1. */
export type Facts = object & { ok?: boolean };

export interface Run<Work, Found extends Facts> {
  work: (given: Work) => Promise<Found>;
  /** For people; facts below each other where it is left out. */
  describe?: (facts: Found) => string;
}

const FAILED = 1;
export const USAGE_ERROR = 2;

export function addCommand(
  parent: Command,
  { name, description, examples = [] }: { name: string; description: string; examples?: readonly string[] },
): Command {
  const command = parent
    .command(name)
    .description(description)
    .option("--json", "print one JSON object on stdout and nothing else", false);
  if (examples.length === 0) return command;
  return command.addHelpText(
    "after",
    `\nExamples:\n${examples.map((line) => `  parley ${line}`).join("\n")}`,
  );
}

/** Does the work with a connection to the database and prints what it gives; with --json, `ok` says whether it could be done. */
export async function runCommand<Found extends Facts>(
  { json }: CommandOptions,
  { work, describe = describeFacts }: Run<CommandWork, Found>,
): Promise<void> {
  try {
    const config = loadConfig();
    const vault = configuredVault(config);
    const facts = await withDatabase(config, async (db) => await work({ db, config, vault }));
    const { ok = true, ...rest } = facts;
    process.stdout.write(`${json ? JSON.stringify({ ok, ...rest }) : describe(facts)}\n`);
    if (!ok) process.exitCode = FAILED;
  } catch (error) {
    if (!isForPeople(error)) throw error;
    const fields = error instanceof CalledWrongly ? { errors: error.fields } : {};
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: error.message, ...fields })}\n`);
    else process.stderr.write(`${printable(error.message)}\n`);
    process.exitCode = error instanceof CalledWrongly ? USAGE_ERROR : FAILED;
  }
}

function isForPeople(error: unknown): error is Error {
  return error instanceof StackError || error instanceof EgressRefused || error instanceof ConfigError;
}
