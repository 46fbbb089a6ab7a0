import type { Command } from "commander";
import { z } from "zod";
import { currentSecrets, rotatedSecrets } from "../../../db/account-secrets.ts";
import { setAccountPaused } from "../../../db/holds.ts";
import {
  type AccountChange,
  type AccountKey,
  changeAccount,
  findTenantAccount,
  type TenantAccount,
} from "../../../db/tenant-accounts.ts";
import { secretsRule } from "../../runtime/account-rules.ts";
import { accountFacts } from "../account-facts.ts";
import { type AccountName, accountOption, knownAccount, withAccount } from "../account-options.ts";
import { checked } from "../called-wrongly.ts";
import { readSecrets, SECRET_FILE_HELP } from "../secret-files.ts";
import { runForTenant, tenantCommand, type TenantOptions, type TenantWork } from "../tenant-command.ts";

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
      knownAccount(await findTenantAccount(db, vault, key));
      await setAccountPaused(db, key, paused);
      return await findTenantAccount(db, vault, key);
    });
  }
}

function addRotate(accounts: Command): void {
  const rotate = tenantCommand(
    accounts,
    "rotate",
    "Gives an account new secrets. The ones before are accepted too, until drop-previous.",
    [
      "accounts rotate twilio-sms/main --secret-file ./new-auth-token",
      "accounts rotate whatsapp/main --secret-file outbound=./new-access-token",
      "accounts rotate telegram/main --secret-file inbound=- < new-webhook-secret && parley telegram set-webhook",
    ],
  );
  withAccount(rotate)
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
          const { secrets: given } = checked(secretsPart(channel), asked, accountOption);
          return { secrets: rotatedSecrets(secrets, given) };
        });
        return accountFacts(knownAccount(changed), work);
      });
    });
}

const secretsPart = (channel: string) => z.object({ secrets: secretsRule(channel).partial() });

const CHANGES: readonly [name: string, description: string, change: (now: TenantAccount) => AccountChange][] =
  [
    [
      "drop-previous",
      "Ends a change of secrets: only the current ones are accepted.",
      ({ secrets }) => ({ secrets: currentSecrets(secrets) }),
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
  act: (work: TenantWork, key: AccountKey) => Promise<TenantAccount | null>,
): void {
  const command = tenantCommand(accounts, name, description, [`accounts ${name} twilio-sms/main`]);
  withAccount(command).action(async (account: AccountName, options: TenantOptions) => {
    await runForTenant(options, async (work) => {
      const key = { tenantId: work.tenantId, ...account };
      return accountFacts(knownAccount(await act(work, key)), work);
    });
  });
}
