import { z } from "zod";
import type { Config } from "../../runtime/config.ts";
import { TELEGRAM_UPDATES } from "../../runtime/telegram-updates.ts";
import { webhookUrl } from "../../runtime/webhook-url.ts";
import { askVendor, type VendorAnswer } from "../ask-vendor.ts";
import { DEFAULT_ACCOUNT } from "../configured-accounts.ts";
import { type Finding, notConfigured, type PartCheck } from "./part.ts";
import { missing, quoted, unexpected } from "./vendor-finding.ts";

const PART = "Telegram";
const SET_IT = "Run `parley telegram set-webhook`.";
/** An error that is older than this was got over: Telegram tells the last one for ever. */
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

/** The token works, and updates come to us and are taken. */
export function telegramCheck(
  config: Config,
  { fetch, now }: { fetch: typeof globalThis.fetch; now: () => Date },
): PartCheck {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_BASE_URL: base } = config;
  if (token === undefined) return notConfigured(PART, "TELEGRAM_*");
  return {
    part: PART,
    fix: "Check TELEGRAM_BASE_URL and that this machine may reach it.",
    async check(signal) {
      const ask = async (method: string) =>
        await askVendor({ fetch, url: `${base}/bot${token}/${method}`, signal });
      const me = await ask("getMe");
      const bot = BOT.safeParse(me.body);
      if (!bot.success) return refused(me);
      const answer = await ask("getWebhookInfo");
      const webhook = WEBHOOK.safeParse(answer.body);
      if (!webhook.success) return unexpected(answer.status);
      const name = `@${bot.data.result.username}`;
      return judge(webhook.data.result, { name, publicBaseUrl: config.PUBLIC_BASE_URL, now: now() });
    },
  };
}

function judge(
  webhook: Webhook,
  { name, publicBaseUrl, now }: { name: string; publicBaseUrl: string; now: Date },
): Finding {
  const ours = webhookUrl(publicBaseUrl, { channel: "telegram", accountId: DEFAULT_ACCOUNT });
  if (webhook.url === "" && !ours.startsWith("https:")) {
    const why = "because PUBLIC_BASE_URL is not https, which Telegram wants";
    const detail = `The token of ${name} works; no webhook is set, ${why}.`;
    return { state: "degraded", version: null, detail, fix: null };
  }
  if (webhook.url === "") return missing(`${name} has no webhook, so no message comes in.`, SET_IT);
  if (webhook.url !== ours)
    return missing(
      `Updates of ${name} go elsewhere, to ${hostOf(webhook.url)}.`,
      `${SET_IT} It takes them over.`,
    );
  return arriving(webhook, { name, now });
}

function arriving(webhook: Webhook, { name, now }: { name: string; now: Date }): Finding {
  const { pending_update_count: pending, last_error_date: errorAt = 0, last_error_message: error } = webhook;
  const waiting = `${pending} ${pending === 1 ? "waits" : "wait"}`;
  if (errorAt > now.getTime() / 1_000 - RECENT_S) {
    const detail = `Updates of ${name} could not be handed to us: ${quoted(error)}; ${waiting}.`;
    const fix = `See that PUBLIC_BASE_URL reaches this server. Where the secret token was refused: ${SET_IT}`;
    return { state: "missing", version: null, detail, fix };
  }
  const detail = `Updates of ${name} come to us; ${waiting}.`;
  return { state: "ok", version: null, detail, fix: null, warnings: deafTo(webhook) };
}

function deafTo({ allowed_updates: allowed }: Webhook): string[] {
  const absent = TELEGRAM_UPDATES.filter((kind) => allowed?.includes(kind) === false);
  if (absent.length === 0) return [];
  return [`Telegram is told not to send ${absent.join(", ")}: run \`parley telegram set-webhook\`.`];
}

function refused({ status }: VendorAnswer): Finding {
  if (status !== 401 && status !== 404) return unexpected(status);
  return missing(
    `The token was refused (${status}).`,
    "Set TELEGRAM_BOT_TOKEN as BotFather gives it; a token that was revoked has to be made anew.",
  );
}

/** A path may hold somebody's secret. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an address that is no URL";
}
