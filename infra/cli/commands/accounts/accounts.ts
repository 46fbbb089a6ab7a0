import type { Command } from "commander";
import { createAccount, listAccounts, updateAccount } from "../../../../api/operations/accounts.ts";
import { type ACCOUNT, ACCOUNT_CURSOR_ID } from "../../../../api/views/account.ts";
import { formatPage } from "../../../../api/views/page.ts";
import type { Shape } from "../../../../api/views/view.ts";
import { CHANNEL } from "../../../runtime/config/field-rules.ts";
import {
  type AccountName,
  addAccountArgument,
  addIdentityOptions,
  type IdentityOptions,
  parseSettings,
} from "../../options/account-options.ts";
import { createArgumentParser } from "../../options/argument-parsers.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../../options/page-options.ts";
import { readSecrets, SECRET_FILE_HELP } from "../../options/secret-files.ts";
import { createTenantCommand, runForTenant, type TenantOptions } from "../../tenant-command.ts";
import { UsageError } from "../../usage-error.ts";
import { addAccountActions } from "./account-actions.ts";
import { createFormat } from "./create-format.ts";

const COLUMNS = ["account", "address", "external_id", "paused_at", "disabled_at", "webhook_url"];

/** A tenant's account addresses, each on one channel. */
export function addAccountCommands(program: Command): void {
  const accounts = program
    .command("accounts")
    .description("A tenant's account addresses, each on one channel.");
  addList(accounts);
  addCreate(accounts);
  addUpdate(accounts);
  addAccountActions(accounts);
}

function addList(accounts: Command): void {
  const list = createTenantCommand(accounts, "list", "The tenant's accounts, newest first.", [
    "accounts list",
    "accounts list --channel telegram --json",
  ]).option("--channel <name>", "only this channel", createArgumentParser(CHANNEL));
  addPageOptions(list, ACCOUNT_CURSOR_ID).action(
    async (options: TenantOptions & PageOptions & { channel?: string }) => {
      await runForTenant(
        options,
        async (work) => {
          const input = { tenantId: work.tenantId, channel: options.channel, page: toPageRequest(options) };
          return formatPage(await listAccounts(work, input), createFormat(work));
        },
        // Commands name an account by channel and id together.
        describePage(COLUMNS, (account: Shape<typeof ACCOUNT>) => ({
          ...account,
          account: `${account.channel}/${account.id}`,
        })),
      );
    },
  );
}

function addCreate(accounts: Command): void {
  const create = createTenantCommand(
    accounts,
    "create",
    "Creates an account. The rules for address, external id and secrets depend on the channel.",
    [
      "accounts create twilio-sms --address +15550100200 --external-id AC00000000000000000000000000000000 --secret-file ./auth-token",
      "accounts create telegram --address 123456 --external-id 123456 --secret-file inbound=./webhook-secret outbound=./bot-token",
      "accounts create slack --address U0123456789 --external-id T0123456789 --secret-file - < secrets.json",
    ],
  )
    .argument("<channel>", "such as whatsapp", createArgumentParser(CHANNEL))
    .option("--secret-file <file...>", SECRET_FILE_HELP);
  addIdentityOptions(create).action(
    async (channel: string, options: TenantOptions & IdentityOptions & { secretFile?: string[] }) => {
      await runForTenant(options, async (work) => {
        const { address, externalId: external_id = null } = options;
        const secrets = readSecrets(options.secretFile ?? []);
        const fields = { channel, address, external_id, secrets, settings: parseSettings(options) };
        return createFormat(work)(await createAccount(work, { tenantId: work.tenantId, ...fields }));
      });
    },
  );
}

function addUpdate(accounts: Command): void {
  const update = createTenantCommand(
    accounts,
    "update",
    "Changes address, external id or settings of an account.",
    [
      "accounts update twilio-sms/main --address +15550100201",
      `accounts update whatsapp/main --settings '{"quiet_hours": {"from": "21:00", "to": "08:00", "time_zone": "Europe/Berlin"}}'`,
      `accounts update web/main --settings '{"origins": null}'`,
    ],
  );
  addIdentityOptions(addAccountArgument(update)).action(
    async (account: AccountName, options: TenantOptions & IdentityOptions) => {
      await runForTenant(options, async (work) => {
        const fields = {
          address: options.address,
          external_id: options.externalId,
          settings: parseSettings(options),
        };
        if (Object.values(fields).every((value) => value === undefined)) {
          const field = "--address, --external-id or --settings";
          throw new UsageError([{ field, message: "is required: there is nothing to change" }]);
        }
        const key = { tenantId: work.tenantId, ...account };
        return createFormat(work)(await updateAccount(work, { key, fields }));
      });
    },
  );
}
