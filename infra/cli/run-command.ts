import type { Command } from "commander";
import type { Database } from "../../db/connection/postgres.ts";
import type { OperationContext } from "../../api/operations/operation-context.ts";
import { OperationError } from "../../api/operations/operation-error.ts";
import { UserError } from "../runtime/errors.ts";
import { type Config, ConfigError } from "../runtime/config/config.ts";
import { loadProcessConfig } from "./load-process-config.ts";
import { EgressRefused } from "../runtime/network/egress-refused.ts";
import { createConfiguredVault } from "../runtime/encryption/vault.ts";
import { toUserError } from "./describe-operation-error.ts";
import { createOperationContext } from "./operation-context.ts";
import { UsageError } from "./usage-error.ts";
import { describeFields } from "./views/describe-fields.ts";
import { escapeTerminalText } from "./views/escape-terminal-text.ts";
import { withDatabase } from "./tasks/with-database.ts";

export interface CommandOptions {
  json: boolean;
}

export interface CommandContext extends OperationContext {
  db: Database;
  config: Config;
}

/** The result of a command. `ok: false` ends with exit code 1. */
export type CommandResult = object & { ok?: boolean };

export interface CommandOutput<Found extends CommandResult> {
  /** The output for a terminal. Without it, one line for each field. */
  describe?: (found: Found) => string;
  /** The output with `--json`. Without it, the result itself. */
  toJson?: (found: Found) => object;
}

export interface CommandRun<Work, Found extends CommandResult> extends CommandOutput<Found> {
  work: (given: Work) => Promise<Found>;
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
      const config = loadProcessConfig();
      const vault = createConfiguredVault(config);
      return await withDatabase(config, async (db) => {
        return await work({ config, ...createOperationContext(config, { db, vault }), db });
      });
    },
  });
}

/** Does the work and prints its result. With `--json` it prints one object: the result, or an error with `error`. */
export async function printResult<Found extends CommandResult>(
  { json }: CommandOptions,
  { work, describe = describeFields, toJson = (found) => found }: CommandRun<void, Found>,
): Promise<void> {
  try {
    const found = await work();
    process.stdout.write(`${json ? JSON.stringify(toJson(found)) : describe(found)}\n`);
    if (found.ok === false) process.exitCode = EXIT_FAILED;
  } catch (error) {
    printError(error, json);
  }
}

/** Prints one sentence for an error that the user can correct, and sets the exit code; throws any other error. */
export function printError(thrown: unknown, json: boolean): void {
  const error = thrown instanceof OperationError ? toUserError(thrown) : thrown;
  if (!isUserFacing(error)) throw error;
  const code = thrown instanceof OperationError ? { code: thrown.failure.code } : {};
  const fields = error instanceof UsageError ? { errors: error.fields } : {};
  if (json) process.stdout.write(`${JSON.stringify({ error: error.message, ...code, ...fields })}\n`);
  else process.stderr.write(`${escapeTerminalText(error.message)}\n`);
  process.exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
}

function isUserFacing(error: unknown): error is Error {
  return error instanceof UserError || error instanceof EgressRefused || error instanceof ConfigError;
}
