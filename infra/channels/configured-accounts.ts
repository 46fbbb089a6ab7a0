import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { Config } from "../runtime/config/config.ts";
import { listRequired } from "./channel-settings.ts";
import { CHANNEL_DESCRIPTORS } from "./registry.ts";

/** The id of the account that the environment describes. Others are created through the API. */
export const DEFAULT_ACCOUNT = "main";

/** One account for each channel whose required settings are set. Their consistency was checked when they were loaded. */
export function readConfiguredAccounts(config: Config): ChannelAccount[] {
  const settings: Readonly<Record<string, unknown>> = config;
  const context = { publicBaseUrl: config.PUBLIC_BASE_URL };
  return CHANNEL_DESCRIPTORS.flatMap((channel) => {
    if (listRequired(channel).some((name) => settings[name] === undefined)) return [];
    const account = channel.readAccount(settings, context);
    if (account === null) return [];
    return [
      { ...account, channel: channel.name, tenantId: config.PARLEY_TENANT, accountId: DEFAULT_ACCOUNT },
    ];
  });
}
