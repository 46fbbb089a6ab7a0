import type { Command } from "commander";
import { z } from "zod";
import type { TenantAccount } from "../../../db/tenants/tenant-accounts.ts";
import { SETTINGS_CHANGE } from "../../channels/account-settings.ts";
import { createArgumentParser } from "./argument-parsers.ts";
import { UsageError, checkOptions } from "../usage-error.ts";
import { requireFound } from "../tenant-command.ts";

export interface AccountName {
  channel: string;
  accountId: string;
}

/** `twilio-sms/main`: channel and id as they stand in webhook URLs and workflow ids. */
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
  return command.argument("<account>", "such as twilio-sms/main", accountArgument);
}

export interface IdentityOptions {
  address?: string;
  externalId?: string;
  settings?: string;
}

export function addIdentityOptions(command: Command): Command {
  return command
    .option("--address <address>", "our own address: a number, a bot's id, the URL that takes replies")
    .option("--external-id <id>", "the vendor's id that what comes in is checked against")
    .option("--settings <json>", "as the API has them; null takes a setting away, what is left out stays");
}

/** What stands in `--settings`, or nothing. */
export function parseSettings({ settings }: IdentityOptions) {
  return settings === undefined ? {} : checkOptions(SETTINGS_CHANGE, parseJson(settings), nameAccountOption);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    const message = 'must be JSON such as {"quiet_window_ms": 1000}';
    throw new UsageError([{ field: "--settings", message }]);
  }
}

const OPTIONS: Readonly<Record<string, string>> = Object.freeze({
  address: "--address",
  external_id: "--external-id",
});

/** What a field of an account is called on the command line. */
export function nameAccountOption([first, ...rest]: readonly PropertyKey[]): string {
  if (first === "secrets") return ["--secret-file", ...rest.map((name) => `${String(name)}=`)].join(" ");
  const option = OPTIONS[String(first)];
  if (option !== undefined) return option;
  const path = first === undefined ? rest : [first, ...rest];
  return ["--settings", path.map(String).join(".")].join(" ").trimEnd();
}

export function requireAccount(account: TenantAccount | null): TenantAccount {
  return requireFound(account, "The tenant has no such account: `parley accounts list` shows those it has.");
}
