import type { Command } from "commander";
import {
  dismissDeadLetter,
  dismissDeadLetters,
  restoreDeadLetter,
} from "../../../../api/operations/dead-letters.ts";
import { DISMISSAL_NOTE, formatDeadLetter, formatDismissal } from "../../../../api/views/dead-letter.ts";
import { AGENT_NAME } from "../../../runtime/config/field-rules.ts";
import { createArgumentParser, parseWholeNumber } from "../../options/argument-parsers.ts";
import {
  addDeadLetterFilters,
  type DeadLetterFilters,
  parseDeadLetterId,
  requireFilter,
  toDeadLetterFilter,
} from "../../options/dead-letter-options.ts";
import {
  createTenantCommand,
  runForTenant,
  type TenantContext,
  type TenantOptions,
} from "../../tenant-command.ts";
import { describeFields, describeRows } from "../../views/describe-fields.ts";

interface DismissOptions extends TenantOptions, DeadLetterFilters {
  author: string;
  note: string;
  limit: number;
  dryRun: boolean;
}

const EXAMPLE = "8f14e45f-ceea-467f-a8d4-1c0a1d2b3c4d";
const COLUMNS = ["id", "kind", "since", "reason"];

/** Dismisses one dead letter by its id, or all that match the filters; and ends a dismissal. */
export function addDismissCommands(dlq: Command): void {
  addDismiss(dlq);
  createTenantCommand(dlq, "restore", "Ends the dismissal of a dead letter.", [`dlq restore ${EXAMPLE}`])
    .argument("<id>", "the dead letter's", parseDeadLetterId)
    .option("--dry-run", "change nothing", false)
    .action(async (id: string, { dryRun, ...options }: TenantOptions & { dryRun: boolean }) => {
      await runForTenant(options, async (work) =>
        formatDismissal(await restoreDeadLetter(work, { tenantId: work.tenantId, id, dryRun })),
      );
    });
}

function addDismiss(dlq: Command): void {
  const dismiss = createTenantCommand(
    dlq,
    "dismiss",
    "Takes dead letters that need no more work out of the list. Nothing is deleted: `dlq restore` brings them back.",
    [
      `dlq dismiss ${EXAMPLE} --author dana --note "answered by telephone"`,
      'dlq dismiss --reason refused:permanent --author dana --note "wrong numbers" --dry-run',
    ],
  ).argument("[id]", "the dead letter's; without it, all that match the filters", parseDeadLetterId);
  addDeadLetterFilters(dismiss)
    .requiredOption("--author <name>", "who dismisses it", createArgumentParser(AGENT_NAME))
    .requiredOption("--note <text>", "why; without personal data", createArgumentParser(DISMISSAL_NOTE))
    .option("--limit <n>", "the maximum number; those that died last come first", parseWholeNumber, 100)
    .option("--dry-run", "only show the dead letters", false)
    .action(async (id: string | undefined, options: DismissOptions) => {
      const { author, note, dryRun } = options;
      if (id === undefined) return await dismissMany(options);
      await runForTenant(options, async (work) =>
        formatDismissal(await dismissDeadLetter(work, { tenantId: work.tenantId, id, author, note, dryRun })),
      );
    });
}

async function dismissMany(options: DismissOptions): Promise<void> {
  await runForTenant(options, async (work) => await dismissMatching(work, options), {
    describe: ({ data, ...counts }) => `${describeRows(data, COLUMNS)}\n\n${describeFields(counts)}`,
  });
}

async function dismissMatching(work: TenantContext, options: DismissOptions) {
  const { author, note, limit, dryRun } = options;
  const filter = { tenantId: work.tenantId, ...requireFilter(toDeadLetterFilter(options)) };
  const { letters, ...counts } = await dismissDeadLetters(work, { filter, limit, author, note, dryRun });
  return { dry_run: dryRun, ...counts, data: letters.map(formatDeadLetter) };
}
