import type { Command } from "commander";
import type { Database } from "../../db/connection/postgres.ts";
import { UserError } from "../runtime/errors.ts";
import { type Config, ConfigError, loadConfig } from "../runtime/config/config.ts";
import { EgressRefused } from "../runtime/network/egress-guard.ts";
import { createConfiguredVault } from "../runtime/encryption/vault.ts";
import { UsageError } from "./usage-error.ts";
import { describeFields } from "./views/describe-fields.ts";
import { escapeTerminalText } from "./views/escape-terminal-text.ts";
import { withDatabase } from "./tasks/with-database.ts";

export interface CommandOptions {
  json: boolean;
}

export interface CommandContext {
  db: Database;
  config: Config;
  vault: ReturnType<typeof createConfiguredVault>;
}

/** What a command found or did. `ok: false` says that it was not done, and ends with exit code 1. */
export type CommandResult = object & { ok?: boolean };

export interface CommandRun<Work, Found extends CommandResult> {
  work: (given: Work) => Promise<Found>;
  /** The output for people. Without it, one line for each field. */
  describe?: (facts: Found) => string;
}

const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

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

/** `printResult` for work that needs the database. */
export async function runCommand<Found extends CommandResult>(
  options: CommandOptions,
  { work, ...output }: CommandRun<CommandContext, Found>,
): Promise<void> {
  await printResult(options, {
    ...output,
    work: async () => {
      const config = loadConfig();
      const vault = createConfiguredVault(config);
      return await withDatabase(config, async (db) => await work({ db, config, vault }));
    },
  });
}

/**
 * Does the work and prints its result; errors that the user can correct become one sentence. With `--json` either is one object, with
 * `ok`.
 */
export async function printResult<Found extends CommandResult>(
  { json }: CommandOptions,
  { work, describe = describeFields }: CommandRun<void, Found>,
): Promise<void> {
  try {
    const facts = await work();
    const { ok = true, ...rest } = facts;
    process.stdout.write(`${json ? JSON.stringify({ ok, ...rest }) : describe(facts)}\n`);
    if (!ok) process.exitCode = EXIT_FAILED;
  } catch (error) {
    if (!isUserFacing(error)) throw error;
    const fields = error instanceof UsageError ? { errors: error.fields } : {};
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: error.message, ...fields })}\n`);
    else process.stderr.write(`${escapeTerminalText(error.message)}\n`);
    process.exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
  }
}

function isUserFacing(error: unknown): error is Error {
  return error instanceof UserError || error instanceof EgressRefused || error instanceof ConfigError;
}
