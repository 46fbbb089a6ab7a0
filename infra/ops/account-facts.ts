import { secretPrints } from "../../db/account-secrets.ts";
import type { TenantAccount } from "../../db/tenant-accounts.ts";
import { showSettings } from "../runtime/account-settings.ts";
import { WEB } from "../../db/web-stream.ts";
import { webhookUrl } from "../runtime/webhook-url.ts";
import type { CommandWork } from "./run-command.ts";

/** An account as it may be seen: of its secrets only fingerprints, by which one is told from another. */
export function accountFacts(
  account: TenantAccount,
  { vault, config }: Pick<CommandWork, "vault" | "config">,
) {
  return {
    account: `${account.channel}/${account.accountId}`,
    channel: account.channel,
    id: account.accountId,
    sender: account.sender,
    external_id: account.externalId,
    webhook_url: account.channel === WEB ? null : webhookUrl(config.PUBLIC_BASE_URL, account),
    secrets: secretPrints(vault, account.secrets),
    settings: showSettings(account.settings),
    disabled_at: account.disabledAt,
    paused_at: account.pausedAt,
    created_at: account.createdAt,
  };
}
