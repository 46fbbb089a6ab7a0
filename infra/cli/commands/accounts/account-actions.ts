import type { Command } from "commander";
import {
  disableAccount,
  dropPreviousAccountSecrets,
  enableAccount,
  getAccount,
  pauseAccount,
  resumeAccount,
  rotateAccountSecrets,
} from "../../../../api/operations/accounts.ts";
import type { AccountKey } from "../../../../db/tenants/tenant-accounts.ts";
import { type AccountName, addAccountArgument } from "../../options/account-options.ts";
import { readSecrets, SECRET_FILE_HELP } from "../../options/secret-files.ts";
import {
  createTenantCommand,
  runForTenant,
  type TenantContext,
  type TenantOptions,
} from "../../tenant-command.ts";
import { createFormat, createFormatChanged } from "./create-format.ts";

const CHANGES = [
  [
    "drop-previous",
    "Removes the previous secrets: only the current ones are accepted.",
    dropPreviousAccountSecrets,
  ],
  ["disable", "Disables an account: its sends are refused.", disableAccount],
  ["enable", "Enables an account again.", enableAccount],
] as const;

const ACTIONS = [
  ["show", "One account. It shows fingerprints of the secrets, never the secrets.", getAccount],
  ["pause", "Stops all sends of the assistant from an account; inbound messages are stored.", pauseAccount],
  ["resume", "Ends the pause of an account.", resumeAccount],
] as const;

/** Commands about one account. */
export function addAccountActions(accounts: Command): void {
  for (const [name, description, run] of ACTIONS) {
    addAction(accounts, { name, description }, async (work, key) => createFormat(work)(await run(work, key)));
  }
  for (const [name, description, run] of CHANGES) {
    addAction(accounts, { name, description }, async (work, key) =>
      createFormatChanged(work)(await run(work, key)),
    );
  }
  addRotate(accounts);
}

function addAction(
  accounts: Command,
  { name, description }: { name: string; description: string },
  run: (work: TenantContext, key: AccountKey) => Promise<object>,
): void {
  const command = createTenantCommand(accounts, name, description, [`accounts ${name} twilio-sms/main`]);
  addAccountArgument(command).action(async (account: AccountName, options: TenantOptions) => {
    await runForTenant(options, async (work) => await run(work, { tenantId: work.tenantId, ...account }));
  });
}

function addRotate(accounts: Command): void {
  const rotate = createTenantCommand(
    accounts,
    "rotate",
    "Gives an account new secrets. The previous ones stay valid until drop-previous.",
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
      "\nChange them at the vendor when the effect is in_effect; while it is pending, run the same command again.",
    )
    .action(async (account: AccountName, options: TenantOptions & { secretFile: string[] }) => {
      await runForTenant(options, async (work) => {
        const secrets = readSecrets(options.secretFile);
        const key = { tenantId: work.tenantId, ...account };
        return createFormatChanged(work)(await rotateAccountSecrets(work, { key, secrets }));
      });
    });
}
