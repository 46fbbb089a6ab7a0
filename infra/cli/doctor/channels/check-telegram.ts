import { z } from "zod";
import type { Config } from "../../../runtime/config/config.ts";
import { TELEGRAM_UPDATES } from "../../../channels/telegram.ts";
import { webhookUrl } from "../../../channels/webhook-url.ts";
import { callVendor, type VendorResponse } from "../../tasks/call-vendor.ts";
import { DEFAULT_ACCOUNT } from "../../../channels/configured-accounts.ts";
import { type Check, createNotConfiguredCheck, type Finding, reportOk } from "../check.ts";
import { reportMissing, quoteVendor, describeUnexpected } from "./vendor-finding.ts";

const NAME = "Telegram";
const SET_IT = "Run `parley telegram set-webhook`.";
/** Telegram reports its last error without end. An older error than this is over. */
const RECENT_S = 15 * 60;

const BOT = z.looseObject({
  ok: z.literal(true),
  result: z.looseObject({ username: z.string().default("") }),
});
const WEBHOOK = z.looseObject({
  ok: z.literal(true),
  result: z.looseObject({
    url: z.string(),
    pending_update_count: z.number().default(0),
    last_error_date: z.number().optional(),
    last_error_message: z.string().default(""),
    allowed_updates: z.array(z.string()).optional(),
  }),
});
type Webhook = z.infer<typeof WEBHOOK>["result"];

/** Checks that the token works, and that Telegram delivers updates to this installation. */
export function createTelegramCheck(
  config: Config,
  { fetch, now }: { fetch: typeof globalThis.fetch; now: () => Date },
): Check {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_BASE_URL: base } = config;
  if (token === undefined) return createNotConfiguredCheck(NAME, "TELEGRAM_*");
  return {
    name: NAME,
    service: "channel",
    fix: "Check TELEGRAM_BASE_URL and that this machine may reach it.",
    async run(signal) {
      const ask = async (method: string) =>
        await callVendor({ fetch, url: `${base}/bot${token}/${method}`, signal });
      const me = await ask("getMe");
      const bot = BOT.safeParse(me.body);
      if (!bot.success) return describeRefusal(me);
      const response = await ask("getWebhookInfo");
      const webhook = WEBHOOK.safeParse(response.body);
      if (!webhook.success) return describeUnexpected(response.status);
      const name = `@${bot.data.result.username}`;
      return assess(webhook.data.result, { name, publicBaseUrl: config.PUBLIC_BASE_URL, now: now() });
    },
  };
}

function assess(
  webhook: Webhook,
  { name, publicBaseUrl, now }: { name: string; publicBaseUrl: string; now: Date },
): Finding {
  const ours = webhookUrl(publicBaseUrl, { channel: "telegram", accountId: DEFAULT_ACCOUNT });
  if (webhook.url === "" && !ours.startsWith("https:")) {
    const why = "because PUBLIC_BASE_URL is not https, which Telegram requires";
    const detail = `The token of ${name} works; no webhook is set, ${why}.`;
    return reportOk(detail, { state: "degraded" });
  }
  if (webhook.url === "")
    return reportMissing("webhook_missing", `${name} has no webhook, so no message arrives.`, SET_IT);
  if (webhook.url !== ours)
    return reportMissing(
      "webhook_elsewhere",
      `Updates of ${name} go to another server, ${hostOf(webhook.url)}.`,
      `${SET_IT} It redirects them to this server.`,
    );
  return assessDelivery(webhook, { name, now });
}

function assessDelivery(webhook: Webhook, { name, now }: { name: string; now: Date }): Finding {
  const { pending_update_count: pending, last_error_date: errorAt = 0, last_error_message: error } = webhook;
  const waiting = `${pending} ${pending === 1 ? "waits" : "wait"}`;
  if (errorAt > now.getTime() / 1_000 - RECENT_S) {
    const detail = `Updates of ${name} could not be delivered: ${quoteVendor(error)}; ${waiting}.`;
    const fix = `Check that PUBLIC_BASE_URL reaches this server. If the secret token was refused: ${SET_IT}`;
    return reportMissing("not_delivered", detail, fix);
  }
  const detail = `Updates of ${name} arrive here; ${waiting}.`;
  return reportOk(detail, { warnings: findMissingUpdates(webhook) });
}

function findMissingUpdates({ allowed_updates: allowed }: Webhook): string[] {
  const absent = TELEGRAM_UPDATES.filter((kind) => allowed?.includes(kind) === false);
  if (absent.length === 0) return [];
  return [`Telegram does not send ${absent.join(", ")}: run \`parley telegram set-webhook\`.`];
}

function describeRefusal({ status }: VendorResponse): Finding {
  if (status !== 401 && status !== 404) return describeUnexpected(status);
  return reportMissing(
    "token_refused",
    `The token was refused (${status}).`,
    "Set TELEGRAM_BOT_TOKEN to the token from BotFather. A revoked token needs a new one.",
  );
}

/** Only the host, because a path may contain a secret. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an address that is no URL";
}
