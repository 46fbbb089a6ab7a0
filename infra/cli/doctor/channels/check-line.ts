import { z } from "zod";
import { DEFAULT_ACCOUNT } from "../../../channels/configured-accounts.ts";
import { webhookUrl } from "../../../channels/webhook-url.ts";
import type { Config } from "../../../runtime/config/config.ts";
import { callVendor } from "../../tasks/call-vendor.ts";
import { type Check, createNotConfiguredCheck, type Finding, reportOk } from "../check.ts";
import { describeUnexpected, quoteVendor, reportMissing } from "./vendor-finding.ts";

const NAME = "LINE";
const BOT = z.looseObject({ userId: z.string(), displayName: z.string().default("") });
const WEBHOOK = z.looseObject({ endpoint: z.string(), active: z.boolean() });

/** Checks that the token belongs to the bot of the settings, and that LINE delivers its events to this installation. */
export function createLineCheck(config: Config, { fetch }: { fetch: typeof globalThis.fetch }): Check {
  const { LINE_CHANNEL_ACCESS_TOKEN: token, LINE_BASE_URL: base, LINE_BOT_USER_ID: userId } = config;
  if (token === undefined || userId === undefined) return createNotConfiguredCheck(NAME, "LINE_*");
  return {
    name: NAME,
    service: "channel",
    fix: "Check LINE_BASE_URL and that this machine may reach it.",
    async run(signal) {
      const read = async (path: string) => await callVendor({ fetch, url: `${base}${path}`, token, signal });
      const info = await read("/v2/bot/info");
      const bot = BOT.safeParse(info.body);
      if (!bot.success) return describeRefusal(info.status);
      if (bot.data.userId !== userId)
        return reportMissing(
          "other_bot",
          `The token belongs to the bot ${bot.data.userId}, not to LINE_BOT_USER_ID.`,
          "Set LINE_BOT_USER_ID to that id, or LINE_CHANNEL_ACCESS_TOKEN to the token of the configured bot.",
        );
      const { body } = await read("/v2/bot/channel/webhook/endpoint");
      return assessWebhook(WEBHOOK.safeParse(body).data, config, bot.data.displayName);
    },
  };
}

/** LINE has no webhook before the first one is set in its console, and then responds with an error. */
function assessWebhook(webhook: z.infer<typeof WEBHOOK> | undefined, config: Config, name: string): Finding {
  const ours = webhookUrl(config.PUBLIC_BASE_URL, { channel: "line", accountId: DEFAULT_ACCOUNT });
  const works = `The token works for ${quoteVendor(name)}`;
  if (webhook === undefined || !ours.startsWith("https:"))
    return reportOk(`${works}; its webhook is not known.`);
  if (webhook.endpoint !== ours)
    return reportMissing(
      "webhook_elsewhere",
      `${works}, but its events go to another server.`,
      `Set the webhook URL in the LINE Developers Console to ${ours}.`,
    );
  if (!webhook.active)
    return reportMissing(
      "webhook_disabled",
      `${works}, but its webhook is switched off.`,
      'Switch on "Use webhook" in the LINE Developers Console.',
    );
  return reportOk(`${works}; its events arrive here.`);
}

function describeRefusal(status: number): Finding {
  if (status !== 401 && status !== 403) return describeUnexpected(status);
  return reportMissing(
    "token_refused",
    `The token was refused (${status}).`,
    "Set LINE_CHANNEL_ACCESS_TOKEN to a channel access token of the bot's channel.",
  );
}
