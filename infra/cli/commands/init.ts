import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { CHANNEL_DESCRIPTORS, findChannel } from "../../channels/registry.ts";
import type { ChannelDescriptor } from "../../channels/channel-descriptor.ts";
import { UserError } from "../../runtime/errors.ts";
import { addCommand, type CommandOptions, printResult } from "../run-command.ts";
import { createEnvFile } from "../tasks/create-env-file.ts";

interface InitOptions extends CommandOptions {
  channels: readonly ChannelDescriptor[];
  file: string;
}

interface InitResult {
  file: string;
  channels: string[];
  /** Settings that the user has to fill in. */
  missing: string[];
}

const DEFAULT_CHANNELS = ["webhook", "web"];

export function addInitCommand(program: Command): void {
  addCommand(program, {
    name: "init",
    description: "Writes a .env with new secrets and the settings of the chosen channels.",
    examples: ["init", "init --channels whatsapp,telegram"],
  })
    .option(
      "--channels <names>",
      `of ${CHANNEL_DESCRIPTORS.map(({ name }) => name).join(", ")}, separated by commas`,
      parseChannels,
      DEFAULT_CHANNELS.flatMap((name) => findChannel(name) ?? []),
    )
    .option("--file <path>", "the file to write", ".env")
    .action(async ({ channels, file, ...options }: InitOptions) => {
      await printResult(options, {
        work: async () => writeEnvFile(resolve(file), channels),
        describe: describeInit,
      });
    });
}

function parseChannels(names: string): readonly ChannelDescriptor[] {
  return names.split(",").map((name) => {
    const channel = findChannel(name.trim());
    if (channel === undefined) throw new InvalidArgumentError(`There is no channel "${name.trim()}".`);
    return channel;
  });
}

function writeEnvFile(path: string, channels: readonly ChannelDescriptor[]): InitResult {
  // Its keys may be the only ones that open the data of an installation.
  if (existsSync(path))
    throw new UserError(
      `${path} exists, and its keys may be in use. Rename it, or name another file with --file.`,
    );
  const { text, missing } = createEnvFile(channels);
  writeFileSync(path, text, { mode: 0o600, flag: "wx" });
  return { file: path, channels: channels.map(({ name }) => name), missing };
}

function describeInit({ file, channels, missing }: InitResult): string {
  const next = [
    `Keep a copy of ${file} in a safe place: without PARLEY_ENCRYPTION_KEYS stored texts cannot be read.`,
    "Next: fill in the settings above, then `parley migrate` and `parley doctor`.",
  ];
  return [
    `${file} is written for the channels ${channels.join(", ")}. To fill in:`,
    ...missing.map((name) => `  ${name}`),
    ...next,
  ].join("\n");
}
