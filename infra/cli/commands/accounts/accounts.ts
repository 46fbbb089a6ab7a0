import type { Command } from "commander";
import { createSecrets } from "../../../../db/tenants/account-secrets.ts";
import {
  addAccount,
  changeAccount,
  findTenantAccount,
  listTenantAccounts,
} from "../../../../db/tenants/tenant-accounts.ts";
import { identityRule, secretsRule } from "../../../channels/account-rules.ts";
import { changeSettings } from "../../../channels/account-settings.ts";
import { CHANNEL } from "../../../runtime/config/field-rules.ts";
import { formatAccount } from "../../views/account-view.ts";
import {
  type AccountName,
  nameAccountOption,
  addIdentityOptions,
  type IdentityOptions,
  requireAccount,
  parseSettings,
  addAccountArgument,
} from "../../options/account-options.ts";
import { createArgumentParser } from "../../options/argument-parsers.ts";
import { UsageError, checkOptions } from "../../usage-error.ts";
import {
  describePage,
  formatPage,
  addPageOptions,
  type PageOptions,
  toPageRequest,
} from "../../options/page-options.ts";
import { readSecrets, SECRET_FILE_HELP } from "../../options/secret-files.ts";
import { runForTenant, createTenantCommand, type TenantOptions } from "../../tenant-command.ts";
import { addAccountActions } from "./account-actions.ts";

const COLUMNS = ["account", "address", "external_id", "paused_at", "disabled_at", "webhook_url"];

/** A tenant's account addresses, each on one channel. */
export function addAccountCommands(program: Command): void {
  const accounts = program
    .command("accounts")
    .description("A tenant's account addresses, each on one channel.");
  addList(accounts);
  addCreate(accounts);
  addAccountArgument(
    createTenantCommand(accounts, "show", "One account; of its secrets only fingerprints.", [
      "accounts show twilio-sms/main",
    ]),
  ).action(async (name: AccountName, options: TenantOptions) => {
    await runForTenant(options, async (work) => {
      const { db, vault, tenantId } = work;
      return formatAccount(requireAccount(await findTenantAccount(db, vault, { tenantId, ...name })), work);
    });
  });
  addUpdate(accounts);
  addAccountActions(accounts);
}

function addList(accounts: Command): void {
  const list = createTenantCommand(accounts, "list", "The tenant's accounts, newest first.", [
    "accounts list",
    "accounts list --channel telegram --json",
  ]).option("--channel <name>", "of this channel alone", createArgumentParser(CHANNEL));
  addPageOptions(list, /^[\w.:/-]{1,200}$/).action(
    async (options: TenantOptions & PageOptions & { channel?: string }) => {
      await runForTenant(
        options,
        async (work) => {
          const filter = { tenantId: work.tenantId, channel: options.channel };
          const page = await listTenantAccounts(work.db, work.vault, filter, toPageRequest(options));
          return formatPage("accounts", page, (account) => formatAccount(account, work));
        },
        describePage("accounts", COLUMNS),
      );
    },
  );
}

function addCreate(accounts: Command): void {
  const create = createTenantCommand(
    accounts,
    "create",
    "Adds an account. What address, external id and secrets have to be depends on the channel.",
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
        const { db, vault, tenantId } = work;
        const { outboundChannels } = await import("../../tasks/outbound-channels.ts");
        const channels = Object.keys(outboundChannels(work));
        if (!channels.includes(channel))
          throw new UsageError([{ field: "<channel>", message: `must be one of ${channels.join(", ")}` }]);
        const rule = identityRule(channel).extend({ secrets: secretsRule(channel) });
        const { address, externalId: external_id = null } = options;
        const asked = { address, external_id, secrets: readSecrets(options.secretFile ?? []) };
        const account = checkOptions(rule, asked, nameAccountOption);
        const added = await addAccount(db, vault, {
          tenantId,
          channel,
          address: account.address,
          externalId: account.external_id,
          secrets: createSecrets(account.secrets),
          settings: changeSettings({}, parseSettings(options)),
        });
        return formatAccount(added, work);
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
    async (name: AccountName, options: TenantOptions & IdentityOptions) => {
      const { address, externalId, settings } = options;
      await runForTenant(options, async (work) => {
        if (address === undefined && externalId === undefined && settings === undefined)
          throw new UsageError([
            {
              field: "--address, --external-id or --settings",
              message: "is needed: there is nothing to change",
            },
          ]);
        const { db, vault, tenantId } = work;
        const changed = await changeAccount(db, vault, { tenantId, ...name }, (now) => {
          const asked = { address: address ?? now.address, external_id: externalId ?? now.externalId };
          const account = checkOptions(identityRule(now.channel), asked, nameAccountOption);
          return {
            address: account.address,
            externalId: account.external_id,
            settings: changeSettings(now.settings, parseSettings(options)),
          };
        });
        return formatAccount(requireAccount(changed), work);
      });
    },
  );
}
