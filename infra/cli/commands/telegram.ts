import type { Command } from "commander";
import { z } from "zod";
import { getAccount } from "../../../api/operations/accounts.ts";
import { OperationError } from "../../../api/operations/operation-error.ts";
import { UserError } from "../../runtime/errors.ts";
import { ACCOUNT_ID } from "../../runtime/config/field-rules.ts";
import { TELEGRAM_UPDATES } from "../../channels/telegram.ts";
import { webhookUrl } from "../../channels/webhook-url.ts";
import { createArgumentParser } from "../options/argument-parsers.ts";
import { callVendor } from "../tasks/call-vendor.ts";
import { DEFAULT_ACCOUNT } from "../../channels/configured-accounts.ts";
import {
  runForTenant,
  createTenantCommand,
  type TenantOptions,
  type TenantContext,
} from "../tenant-command.ts";
import { createFetchWithLimit, MAX_CHECK_BYTES } from "../../runtime/network/fetch-with-limit.ts";

const CHANNEL = "telegram";
const LIMIT_MS = 10_000;
const RESPONSE = z.looseObject({ ok: z.boolean(), description: z.string().default("") });

/** Telegram learns its webhook by a call. Other vendors have a page for it. */
export function addTelegramCommands(program: Command): void {
  const telegram = program.command("telegram").description("The webhook of a Telegram bot.");
  createTenantCommand(
    telegram,
    "set-webhook",
    "Registers an account's webhook at Telegram, with its current secret token.",
    ["telegram set-webhook", "telegram set-webhook 9f86d081884c7d65 --tenant acme"],
  )
    .argument(
      "[account]",
      "the id of the telegram account",
      createArgumentParser(ACCOUNT_ID),
      DEFAULT_ACCOUNT,
    )
    .addHelpText(
      "after",
      "\nRun it before going live, and after `parley accounts rotate` of the inbound secret.",
    )
    .action(async (accountId: string, options: TenantOptions) => {
      await runForTenant(options, async (work) => await setWebhook(work, accountId));
    });
}

async function setWebhook(work: TenantContext, accountId: string) {
  const { config, tenantId } = work;
  const key = { tenantId, channel: CHANNEL, accountId };
  const { secrets } = await getAccount(work, key);
  if (secrets === null) throw new OperationError({ code: "secrets_unreadable" });
  const [token] = secrets.outbound;
  const [secret] = secrets.inbound;
  const url = webhookUrl(config.PUBLIC_BASE_URL, key);
  if (!url.startsWith("https:"))
    throw new UserError(
      "PUBLIC_BASE_URL must be the https URL at which Telegram reaches this server: set it and run this again.",
    );
  if (token === undefined || secret === undefined)
    throw new UserError(
      `The account has no bot token or no secret token: \`parley accounts rotate telegram/${accountId} --secret-file …\` sets both.`,
    );
  const fields = { url, secret_token: secret, allowed_updates: TELEGRAM_UPDATES };
  await callTelegram(`${config.TELEGRAM_BASE_URL}/bot${token}/setWebhook`, fields);
  return { account: `${CHANNEL}/${accountId}`, webhook_url: url, allowed_updates: TELEGRAM_UPDATES };
}

async function callTelegram(url: string, fields: object): Promise<void> {
  // Not logged: the error below says that Telegram does not respond.
  const response = await callVendor({
    fetch: createFetchWithLimit(MAX_CHECK_BYTES),
    url,
    method: "POST",
    fields,
    signal: AbortSignal.timeout(LIMIT_MS),
  }).catch(() => null);
  // The URL contains the token, so the error is not shown.
  if (response === null)
    throw new UserError(
      "Telegram does not respond: check TELEGRAM_BASE_URL and that this machine may reach it.",
    );
  const { ok, description } = RESPONSE.catch({ ok: false, description: "" }).parse(response.body);
  if (!ok) throw new UserError(describeRefusal(response.status, description));
}

function describeRefusal(status: number, description: string): string {
  if (status === 401 || status === 404)
    return "Telegram refused the bot token: `parley accounts rotate` sets another one.";
  const why = description.slice(0, 200).replace(/\.$/, "") || "it gives no reason";
  return `Telegram refused the webhook (${status}): ${why}.`;
}
