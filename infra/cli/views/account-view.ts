import { secretFingerprints } from "../../../db/tenants/account-secrets.ts";
import type { TenantAccount } from "../../../db/tenants/tenant-accounts.ts";
import { formatSettings } from "../../channels/account-settings.ts";
import { webhookUrlOrNull } from "../../channels/webhook-url.ts";
import type { CommandContext } from "../run-command.ts";

/** An account as it may be seen: of its secrets only fingerprints, by which one is told from another. */
export function formatAccount(
  account: TenantAccount,
  { vault, config }: Pick<CommandContext, "vault" | "config">,
) {
  return {
    account: `${account.channel}/${account.accountId}`,
    channel: account.channel,
    id: account.accountId,
    address: account.address,
    external_id: account.externalId,
    webhook_url: webhookUrlOrNull(config.PUBLIC_BASE_URL, account),
    secrets: secretFingerprints(vault, account.secrets),
    settings: formatSettings(account.settings),
    disabled_at: account.disabledAt,
    paused_at: account.pausedAt,
    created_at: account.createdAt,
  };
}
