import type { Command } from "commander";
import { firstSecrets } from "../../../db/account-secrets.ts";
import {
  addAccount,
  changeAccount,
  findTenantAccount,
  listTenantAccounts,
} from "../../../db/tenant-accounts.ts";
import { identityRule, secretsRule } from "../../runtime/account-rules.ts";
import { changeSettings } from "../../runtime/account-settings.ts";
import { CHANNEL } from "../../runtime/field-rules.ts";
import { accountFacts } from "../account-facts.ts";
import {
  type AccountName,
  accountOption,
  identityOptions,
  type IdentityOptions,
  knownAccount,
  settingsOf,
  withAccount,
} from "../account-options.ts";
import { argument } from "../argument.ts";
import { CalledWrongly, checked } from "../called-wrongly.ts";
import { describePage, pageFacts, pageOptions, type PageOptions, pageRequest } from "../pages.ts";
import { readSecrets, SECRET_FILE_HELP } from "../secret-files.ts";
import { runForTenant, tenantCommand, type TenantOptions } from "../tenant-command.ts";
import { addAccountActions } from "./account-actions.ts";

const COLUMNS = ["account", "sender", "external_id", "paused_at", "disabled_at", "webhook_url"];

/** A tenant's senders, each on one channel. */
export function addAccountCommands(program: Command): void {
  const accounts = program.command("accounts").description("A tenant's senders, each on one channel.");
  addList(accounts);
  addCreate(accounts);
  withAccount(
    tenantCommand(accounts, "show", "One account; of its secrets only fingerprints.", [
      "accounts show twilio-sms/main",
    ]),
  ).action(async (name: AccountName, options: TenantOptions) => {
    await runForTenant(options, async (work) => {
      const { db, vault, tenantId } = work;
      return accountFacts(knownAccount(await findTenantAccount(db, vault, { tenantId, ...name })), work);
    });
  });
  addUpdate(accounts);
  addAccountActions(accounts);
}

function addList(accounts: Command): void {
  const list = tenantCommand(accounts, "list", "The tenant's accounts, newest first.", [
    "accounts list",
    "accounts list --channel telegram --json",
  ]).option("--channel <name>", "of this channel alone", argument(CHANNEL));
  pageOptions(list, /^[\w.:/-]{1,200}$/).action(
    async (options: TenantOptions & PageOptions & { channel?: string }) => {
      await runForTenant(
        options,
        async (work) => {
          const filter = { tenantId: work.tenantId, channel: options.channel };
          const page = await listTenantAccounts(work.db, work.vault, filter, pageRequest(options));
          return pageFacts("accounts", page, (account) => accountFacts(account, work));
        },
        describePage("accounts", COLUMNS),
      );
    },
  );
}

function addCreate(accounts: Command): void {
  const create = tenantCommand(
    accounts,
    "create",
    "Adds an account. What sender, external id and secrets have to be depends on the channel.",
    [
      "accounts create twilio-sms --sender +15550100200 --external-id AC00000000000000000000000000000000 --secret-file ./auth-token",
      "accounts create telegram --sender 123456 --external-id 123456 --secret-file inbound=./webhook-secret outbound=./bot-token",
      "accounts create slack --sender U0123456789 --external-id T0123456789 --secret-file - < secrets.json",
    ],
  )
    .argument("<channel>", "such as whatsapp", argument(CHANNEL))
    .option("--secret-file <file...>", SECRET_FILE_HELP);
  identityOptions(create).action(
    async (channel: string, options: TenantOptions & IdentityOptions & { secretFile?: string[] }) => {
      await runForTenant(options, async (work) => {
        const { db, vault, tenantId } = work;
        const { outboundChannels } = await import("../outbound-channels.ts");
        const channels = Object.keys(outboundChannels(work));
        if (!channels.includes(channel))
          throw new CalledWrongly([{ field: "<channel>", message: `must be one of ${channels.join(", ")}` }]);
        const rule = identityRule(channel).extend({ secrets: secretsRule(channel) });
        const { sender, externalId: external_id = null } = options;
        const asked = { sender, external_id, secrets: readSecrets(options.secretFile ?? []) };
        const account = checked(rule, asked, accountOption);
        const added = await addAccount(db, vault, {
          tenantId,
          channel,
          sender: account.sender,
          externalId: account.external_id,
          secrets: firstSecrets(account.secrets),
          settings: changeSettings({}, settingsOf(options)),
        });
        return accountFacts(added, work);
      });
    },
  );
}

function addUpdate(accounts: Command): void {
  const update = tenantCommand(accounts, "update", "Changes sender, external id or settings of an account.", [
    "accounts update twilio-sms/main --sender +15550100201",
    `accounts update whatsapp/main --settings '{"quiet_hours": {"from": "21:00", "to": "08:00", "time_zone": "Europe/Berlin"}}'`,
    `accounts update web/main --settings '{"origins": null}'`,
  ]);
  identityOptions(withAccount(update)).action(
    async (name: AccountName, options: TenantOptions & IdentityOptions) => {
      const { sender, externalId, settings } = options;
      await runForTenant(options, async (work) => {
        if (sender === undefined && externalId === undefined && settings === undefined)
          throw new CalledWrongly([
            {
              field: "--sender, --external-id or --settings",
              message: "is needed: there is nothing to change",
            },
          ]);
        const { db, vault, tenantId } = work;
        const changed = await changeAccount(db, vault, { tenantId, ...name }, (now) => {
          const asked = { sender: sender ?? now.sender, external_id: externalId ?? now.externalId };
          const account = checked(identityRule(now.channel), asked, accountOption);
          return {
            sender: account.sender,
            externalId: account.external_id,
            settings: changeSettings(now.settings, settingsOf(options)),
          };
        });
        return accountFacts(knownAccount(changed), work);
      });
    },
  );
}
