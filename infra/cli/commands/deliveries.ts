import { type Command, Option } from "commander";
import { getDelivery, listTroubledDeliveries } from "../../../api/operations/deliveries.ts";
import { formatDelivery, formatDeliveryWithReceipts } from "../../../api/views/delivery.ts";
import { formatPage } from "../../../api/views/page.ts";
import { type Trouble, TROUBLES } from "../../../db/delivery/list-deliveries.ts";
import { parseUuid } from "../options/argument-parsers.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../options/page-options.ts";
import { createTenantCommand, runForTenant, type TenantOptions } from "../tenant-command.ts";
import { describeFields, describeRows } from "../views/describe-fields.ts";

const COLUMNS = ["id", "part", "state", "attempt", "code", "receipt", "receipt_code", "updated_at"];
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
}
