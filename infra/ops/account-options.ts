import type { Command } from "commander";
import { z } from "zod";
import type { TenantAccount } from "../../db/tenant-accounts.ts";
import { SETTINGS_CHANGE } from "../runtime/account-settings.ts";
import { argument } from "./argument.ts";
import { CalledWrongly, checked } from "./called-wrongly.ts";
import { known } from "./tenant-command.ts";

export interface AccountName {
  channel: string;
  accountId: string;
}

/** `twilio-sms/main`: channel and id as they stand in webhook URLs and workflow ids. */
const accountArgument = argument(
  z
    .string()
    .regex(/^[a-z0-9-]{1,64}\/[\w.:-]{1,128}$/, "must be channel/id, such as twilio-sms/main")
    .transform((name): AccountName => {
      const [channel = "", accountId = ""] = name.split("/");
      return { channel, accountId };
    }),
);

export function withAccount(command: Command): Command {
  return command.argument("<account>", "such as twilio-sms/main", accountArgument);
}

export interface IdentityOptions {
  sender?: string;
  externalId?: string;
  settings?: string;
}

export function identityOptions(command: Command): Command {
  return command
    .option("--sender <sender>", "our own address: a number, a bot's id, the URL that takes replies")
    .option("--external-id <id>", "the vendor's id that what comes in is checked against")
    .option("--settings <json>", "as the API has them; null takes a setting away, what is left out stays");
}

/** What stands in `--settings`, or nothing. */
export function settingsOf({ settings }: IdentityOptions) {
  return settings === undefined ? {} : checked(SETTINGS_CHANGE, parsed(settings), accountOption);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    const message = 'must be JSON such as {"quiet_window_ms": 1000}';
    throw new CalledWrongly([{ field: "--settings", message }]);
  }
}

const OPTIONS: Readonly<Record<string, string>> = Object.freeze({
  sender: "--sender",
  external_id: "--external-id",
});

/** What a field of an account is called on the command line. */
export function accountOption([first, ...rest]: readonly PropertyKey[]): string {
  if (first === "secrets") return ["--secret-file", ...rest.map((name) => `${String(name)}=`)].join(" ");
  const option = OPTIONS[String(first)];
  if (option !== undefined) return option;
  const path = first === undefined ? rest : [first, ...rest];
  return ["--settings", path.map(String).join(".")].join(" ").trimEnd();
}

export function knownAccount(account: TenantAccount | null): TenantAccount {
  return known(account, "The tenant has no such account: `parley accounts list` shows those it has.");
}
