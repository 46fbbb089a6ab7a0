import type { Command } from "commander";
import { z } from "zod";
import { SETTINGS_CHANGE } from "../../channels/account-settings.ts";
import { createArgumentParser } from "./argument-parsers.ts";
import { checkOptions, UsageError } from "../usage-error.ts";
import { nameOption } from "./name-option.ts";

export interface AccountName {
  channel: string;
  accountId: string;
}

/** `twilio-sms/main`: channel and id, as in webhook URLs and workflow ids. */
const accountArgument = createArgumentParser(
  z
    .string()
    .regex(/^[a-z0-9-]{1,64}\/[\w.:-]{1,128}$/, "must be channel/id, such as twilio-sms/main")
    .transform((name): AccountName => {
      const [channel = "", accountId = ""] = name.split("/");
      return { channel, accountId };
    }),
);

export function addAccountArgument(command: Command): Command {
  return command.argument("<account>", "channel/id, such as twilio-sms/main", accountArgument);
}

export interface IdentityOptions {
  address?: string;
  externalId?: string;
  settings?: string;
}

export function addIdentityOptions(command: Command): Command {
  return command
    .option("--address <address>", "the account address: a number, a bot's id, the URL that receives replies")
    .option("--external-id <id>", "the vendor's id; inbound events must contain it")
    .option("--settings <json>", "settings as in the API; null removes a setting, others keep their value");
}

export function parseSettings({ settings }: IdentityOptions) {
  if (settings === undefined) return undefined;
  const rule = z.object({ settings: SETTINGS_CHANGE });
  return checkOptions(rule, { settings: parseJson(settings) }, nameOption).settings;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Not logged: the usage error names the option.
    const message = 'must be JSON such as {"quiet_window_ms": 1000}';
    throw new UsageError([{ field: "--settings", message }]);
  }
}
