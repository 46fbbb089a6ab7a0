import type { Command } from "commander";
import { getDeadLetter, listDeadLetters } from "../../../../api/operations/dead-letters.ts";
import {
  DEAD_LETTER_ID,
  formatDeadLetter,
  formatDeadLetterWithDeliveries,
} from "../../../../api/views/dead-letter.ts";
import { formatPage } from "../../../../api/views/page.ts";
import {
  addDeadLetterFilters,
  type DeadLetterFilters,
  parseDeadLetterId,
  toDeadLetterFilter,
} from "../../options/dead-letter-options.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../../options/page-options.ts";
import { createTenantCommand, runForTenant, type TenantOptions } from "../../tenant-command.ts";
import { describeWithDeliveries } from "../../views/describe-deliveries.ts";
import { addDismissCommands } from "./dismiss.ts";
import { addReplayCommand } from "./replay.ts";

const COLUMNS = ["id", "kind", "since", "channel", "reason", "parts", "parts_accepted", "messages"];

export function addDeadLetterCommands(program: Command): void {
  const dlq = program
    .command("dlq")
    .description(
      "Dead letters: replies, events and messages that failed permanently, and their replay or dismissal.",
    );
  addList(dlq);
  addShow(dlq);
  addReplayCommand(dlq);
  addDismissCommands(dlq);
}

function addList(dlq: Command): void {
  const list = createTenantCommand(dlq, "list", "Dead letters. The one that died last comes first.", [
    "dlq list",
    "dlq list --reason poison --channel twilio-sms",
    "dlq list --dismissed",
    "dlq list --since 2026-11-25T09:00:00Z --json",
  ]);
  list.option("--dismissed", "only those that an operator has dismissed; otherwise only the others");
  addPageOptions(addDeadLetterFilters(list), DEAD_LETTER_ID).action(
    async ({
      dismissed,
      ...options
    }: TenantOptions & PageOptions & DeadLetterFilters & { dismissed?: true }) => {
      await runForTenant(
        options,
        async (work) => {
          const filter = { tenantId: work.tenantId, ...toDeadLetterFilter(options), dismissed };
          const page = await listDeadLetters(work, { filter, page: toPageRequest(options) });
          return formatPage(page, formatDeadLetter);
        },
        describePage(COLUMNS),
      );
    },
  );
}

function addShow(dlq: Command): void {
  createTenantCommand(dlq, "show", "One dead letter with the parts of its reply.", [
    "dlq show 8f14e45f-ceea-467f-a8d4-1c0a1d2b3c4d",
  ])
    .argument("<id>", "the dead letter's", parseDeadLetterId)
    .action(async (id: string, options: TenantOptions) => {
      await runForTenant(
        options,
        async (work) =>
          formatDeadLetterWithDeliveries(await getDeadLetter(work, { tenantId: work.tenantId, id })),
        { describe: describeWithDeliveries },
      );
    });
}
