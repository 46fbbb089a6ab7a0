import type { Command } from "commander";
import { z } from "zod";
import { findTenantAccount } from "../../../db/tenant-accounts.ts";
import { StackError } from "../../dev/stack-error.ts";
import { ACCOUNT_ID } from "../../runtime/field-rules.ts";
import { TELEGRAM_UPDATES } from "../../runtime/telegram-updates.ts";
import { webhookUrl } from "../../runtime/webhook-url.ts";
import { knownAccount } from "../account-options.ts";
import { argument } from "../argument.ts";
import { askVendor } from "../ask-vendor.ts";
import { DEFAULT_ACCOUNT } from "../configured-accounts.ts";
import { runForTenant, tenantCommand, type TenantOptions, type TenantWork } from "../tenant-command.ts";

const CHANNEL = "telegram";
const LIMIT_MS = 10_000;
const ANSWER = z.looseObject({ ok: z.boolean(), description: z.string().default("") });

/** What Telegram has to be told by a call; other vendors have a page for it. */
export function addTelegramCommands(program: Command): void {
  const telegram = program.command("telegram").description("What Telegram has to be told by a call.");
  tenantCommand(
    telegram,
    "set-webhook",
    "Tells Telegram to send an account's updates to us, with its current secret token.",
    ["telegram set-webhook", "telegram set-webhook 9f86d081884c7d65 --tenant acme"],
  )
    .argument("[account]", "the id of the telegram account", argument(ACCOUNT_ID), DEFAULT_ACCOUNT)
    .addHelpText(
      "after",
      "\nRun it before going live, and after `parley accounts rotate` of the inbound secret.",
    )
    .action(async (accountId: string, options: TenantOptions) => {
      await runForTenant(options, async (work) => await setWebhook(work, accountId));
    });
}

async function setWebhook({ db, vault, config, tenantId }: TenantWork, accountId: string) {
  const key = { tenantId, channel: CHANNEL, accountId };
  const { secrets } = knownAccount(await findTenantAccount(db, vault, key));
  const [token] = secrets.outbound;
  const [secret] = secrets.inbound;
  const url = webhookUrl(config.PUBLIC_BASE_URL, key);
  if (!url.startsWith("https:"))
    throw new StackError(
      "PUBLIC_BASE_URL must be the https URL at which Telegram reaches this server: set it and run this again.",
    );
  if (token === undefined || secret === undefined)
    throw new StackError(
      `The account has no bot token or no secret token: \`parley accounts rotate telegram/${accountId} --secret-file …\` sets both.`,
    );
  const fields = { url, secret_token: secret, allowed_updates: TELEGRAM_UPDATES };
  await call(`${config.TELEGRAM_BASE_URL}/bot${token}/setWebhook`, fields);
  return { account: `${CHANNEL}/${accountId}`, webhook_url: url, allowed_updates: TELEGRAM_UPDATES };
}

async function call(url: string, fields: object): Promise<void> {
  const answer = await askVendor({
    fetch: globalThis.fetch,
    url,
    method: "POST",
    fields,
    signal: AbortSignal.timeout(LIMIT_MS),
  }).catch(() => null);
  // The URL holds the token: nothing of the error is told.
  if (answer === null)
    throw new StackError(
      "Telegram does not answer: check TELEGRAM_BASE_URL and that this machine may reach it.",
    );
  const { ok, description } = ANSWER.catch({ ok: false, description: "" }).parse(answer.body);
  if (!ok) throw new StackError(refusal(answer.status, description));
}

function refusal(status: number, description: string): string {
  if (status === 401 || status === 404)
    return "Telegram refused the bot token: `parley accounts rotate` gives the account another one.";
  const why = description.slice(0, 200).replace(/\.$/, "") || "it does not say why";
  return `Telegram refused the webhook (${status}): ${why}.`;
}
