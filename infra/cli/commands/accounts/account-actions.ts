import type { Command } from "commander";
import { z } from "zod";
import { keepCurrentSecrets, rotateSecrets } from "../../../../db/tenants/account-secrets.ts";
import { setAccountPaused } from "../../../../db/conversations/takeover.ts";
import {
  type AccountChange,
  type AccountKey,
  changeAccount,
  findTenantAccount,
  type TenantAccount,
} from "../../../../db/tenants/tenant-accounts.ts";
import { secretsRule } from "../../../channels/account-rules.ts";
import { formatAccount } from "../../views/account-view.ts";
import {
  type AccountName,
  nameAccountOption,
  requireAccount,
  addAccountArgument,
} from "../../options/account-options.ts";
import { checkOptions } from "../../usage-error.ts";
import { readSecrets, SECRET_FILE_HELP } from "../../options/secret-files.ts";
import {
  runForTenant,
  createTenantCommand,
  type TenantOptions,
  type TenantContext,
} from "../../tenant-command.ts";

/** What is done to an account that is there. */
export function addAccountActions(accounts: Command): void {
  addRotate(accounts);
  for (const [name, description, change] of CHANGES) {
    addAction(accounts, [name, description], async ({ db, vault }, key) => {
      return await changeAccount(db, vault, key, change);
    });
  }
  for (const [name, description, paused] of PAUSES) {
    addAction(accounts, [name, description], async ({ db, vault }, key) => {
      requireAccount(await findTenantAccount(db, vault, key));
      await setAccountPaused(db, key, paused);
      return await findTenantAccount(db, vault, key);
    });
  }
}

function addRotate(accounts: Command): void {
  const rotate = createTenantCommand(
    accounts,
    "rotate",
    "Gives an account new secrets. The ones before are accepted too, until drop-previous.",
    [
      "accounts rotate twilio-sms/main --secret-file ./new-auth-token",
      "accounts rotate whatsapp/main --secret-file outbound=./new-access-token",
      "accounts rotate telegram/main --secret-file inbound=- < new-webhook-secret && parley telegram set-webhook",
    ],
  );
  addAccountArgument(rotate)
    .requiredOption("--secret-file <file...>", SECRET_FILE_HELP)
    .addHelpText(
      "after",
      "\nEvery process knows the new secrets after 10 seconds: change them at the vendor then.",
    )
    .action(async (name: AccountName, options: TenantOptions & { secretFile: string[] }) => {
      await runForTenant(options, async (work) => {
        const { db, vault, tenantId } = work;
        const changed = await changeAccount(db, vault, { tenantId, ...name }, ({ channel, secrets }) => {
          const asked = { secrets: readSecrets(options.secretFile) };
          const { secrets: given } = checkOptions(secretsShape(channel), asked, nameAccountOption);
          return { secrets: rotateSecrets(secrets, given) };
        });
        return formatAccount(requireAccount(changed), work);
      });
    });
}

const secretsShape = (channel: string) => z.object({ secrets: secretsRule(channel).partial() });

const CHANGES: readonly [name: string, description: string, change: (now: TenantAccount) => AccountChange][] =
  [
    [
      "drop-previous",
      "Ends a change of secrets: only the current ones are accepted.",
      ({ secrets }) => ({ secrets: keepCurrentSecrets(secrets) }),
    ],
    [
      "disable",
      "Ends the use of an account: what would be sent is refused.",
      ({ disabledAt }) => ({ disabledAt: disabledAt ?? new Date() }),
    ],
    ["enable", "Takes an account into use again.", () => ({ disabledAt: null })],
  ];

const PAUSES: readonly [name: string, description: string, paused: boolean][] = [
  ["pause", "Nothing is sent from here for a while; what comes in is kept.", true],
  ["resume", "Ends an account's pause.", false],
];

function addAction(
  accounts: Command,
  [name, description]: readonly [name: string, description: string],
  act: (work: TenantContext, key: AccountKey) => Promise<TenantAccount | null>,
): void {
  const command = createTenantCommand(accounts, name, description, [`accounts ${name} twilio-sms/main`]);
  addAccountArgument(command).action(async (account: AccountName, options: TenantOptions) => {
    await runForTenant(options, async (work) => {
      const key = { tenantId: work.tenantId, ...account };
      return formatAccount(requireAccount(await act(work, key)), work);
    });
  });
}
