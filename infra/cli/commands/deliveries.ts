import { type Command, Option } from "commander";
import { getDelivery, listTroubledDeliveries } from "../../../api/operations/deliveries.ts";
import { retryDeliveries } from "../../../api/operations/retry-deliveries.ts";
import {
  formatDelivery,
  formatDeliveryRetry,
  formatDeliveryWithReceipts,
} from "../../../api/views/delivery.ts";
import { formatPage } from "../../../api/views/page.ts";
import { type Trouble, TROUBLES } from "../../../db/delivery/list-deliveries.ts";
import { ACCOUNT_ID, CHANNEL } from "../../runtime/config/field-rules.ts";
import { createArgumentParser, parseUuid, parseWholeNumber } from "../options/argument-parsers.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../options/page-options.ts";
import { createTenantCommand, runForTenant, type TenantOptions } from "../tenant-command.ts";
import { describeFields, describeRows } from "../views/describe-fields.ts";

const COLUMNS = ["id", "part", "state", "attempt", "code", "receipt", "receipt_code", "updated_at"];
const WAITING_COLUMNS = ["id", "state", "attempt", "code", "first_attempt_at", "next_attempt_at"];
const RECEIPT_COLUMNS = ["received_at", "state", "code", "provider_time"];

/** The deliveries of reply parts. */
export function addDeliveryCommands(program: Command): void {
  const deliveries = program.command("deliveries").description("The deliveries of reply parts.");
  const list = createTenantCommand(
    deliveries,
    "list",
    "Reply parts that did not arrive. The part that changed last comes first.",
    ["deliveries list", "deliveries list --trouble unknown --json"],
  ).addOption(
    new Option("--trouble <kind>", "only refused, unknown (response lost) or failed (by a receipt)").choices(
      TROUBLES,
    ),
  );
  addPageOptions(list).action(async (options: TenantOptions & PageOptions & { trouble?: Trouble }) => {
    await runForTenant(
      options,
      async (work) => {
        const input = { tenantId: work.tenantId, trouble: options.trouble, page: toPageRequest(options) };
        return formatPage(await listTroubledDeliveries(work, input), formatDelivery);
      },
      describePage(COLUMNS),
    );
  });

  createTenantCommand(deliveries, "show", "One reply part with its receipts.", [
    "deliveries show 0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11",
  ])
    .argument("<id>", "the delivery's", parseUuid)
    .action(async (id: string, options: TenantOptions) => {
      await runForTenant(
        options,
        async (work) => formatDeliveryWithReceipts(await getDelivery(work, { tenantId: work.tenantId, id })),
        {
          describe: ({ receipts, ...fields }) =>
            `${describeFields(fields)}\n\n${describeRows(receipts, RECEIPT_COLUMNS)}`,
        },
      );
    });
  addRetry(deliveries);
}

interface RetryOptions extends TenantOptions {
  channel?: string;
  account?: string;
  conversation?: string;
  limit: number;
  dryRun: boolean;
}

function addRetry(deliveries: Command): void {
  createTenantCommand(
    deliveries,
    "retry",
    "Begins the next attempt of reply parts that wait after a failure, for the time after an outage of a vendor.",
    ["deliveries retry --dry-run", "deliveries retry --channel twilio-sms --account main --json"],
  )
    .argument("[id]", "the delivery's; without it, all that match the filters", parseUuid)
    .option("--channel <name>", "only this channel", createArgumentParser(CHANNEL))
    .option("--account <id>", "only this account", createArgumentParser(ACCOUNT_ID))
    .option("--conversation <id>", "only this conversation", parseUuid)
    .option("--limit <n>", "the maximum number, the oldest first", parseWholeNumber, 100)
    .option("--dry-run", "only show the parts that wait", false)
    .action(async (id: string | undefined, options: RetryOptions) => {
      const { channel, account: accountId, conversation: conversationId, limit, dryRun } = options;
      await runForTenant(
        options,
        async (work) => {
          const filter = { tenantId: work.tenantId, channel, accountId, conversationId, deliveryId: id };
          return formatDeliveryRetry(await retryDeliveries(work, { filter, limit, dryRun }));
        },
        {
          describe: ({ deliveries: rows, retried, dry_run: isDryRun }) =>
            `${describeRows(rows, WAITING_COLUMNS)}\n\n${isDryRun ? `${rows.length} wait` : `${retried} retried`}`,
        },
      );
    });
}
