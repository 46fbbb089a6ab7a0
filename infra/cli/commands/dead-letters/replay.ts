import type { Command } from "commander";
import { replayDeadLetter, replayDeadLetters } from "../../../../api/operations/dead-letters.ts";
import { formatReplay } from "../../../../api/views/dead-letter.ts";
import { parseWholeNumber } from "../../options/argument-parsers.ts";
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

interface ReplayOptions extends TenantOptions, DeadLetterFilters {
  limit: number;
  acceptDuplicates: boolean;
}

const PROGRESS_EVERY_MS = 2_000;

/** Replays one dead letter by its id, or all that match the filters. */
export function addReplayCommand(dlq: Command): void {
  const replay = createTenantCommand(
    dlq,
    "replay",
    "Sends dead letters again, from the first part that was not accepted. A second replay changes nothing.",
    [
      "dlq replay 8f14e45f-ceea-467f-a8d4-1c0a1d2b3c4d",
      "dlq replay --reason refused:config --limit 500 --json",
    ],
  ).argument("[id]", "the dead letter's; without it, all that match the filters", parseDeadLetterId);
  addDeadLetterFilters(replay)
    .option("--limit <n>", "the maximum number; those that died last come first", parseWholeNumber, 100)
    .option(
      "--accept-duplicates",
      "send a part again that may have arrived, if the channel cannot be asked",
      false,
    )
    .action(async (id: string | undefined, options: ReplayOptions) => {
      await runForTenant<object>(options, async (work) => {
        if (id === undefined) return await replayMany(work, options);
        const { acceptDuplicates } = options;
        return formatReplay(await replayDeadLetter(work, { tenantId: work.tenantId, id, acceptDuplicates }));
      });
    });
}

async function replayMany(work: TenantContext, { limit, acceptDuplicates, ...options }: ReplayOptions) {
  const chosen = requireFilter(toDeadLetterFilter(options));
  const { found, outcomes } = await replayDeadLetters(work, {
    filter: { tenantId: work.tenantId, ...chosen },
    limit,
    acceptDuplicates,
    onProgress: createProgress(),
  });
  return { ok: outcomes.endpoint_disabled + outcomes.unreadable === 0, found, ...outcomes };
}

function createProgress() {
  let reportedAt = Date.now();
  return (done: number, found: number): void => {
    if (Date.now() - reportedAt < PROGRESS_EVERY_MS) return;
    reportedAt = Date.now();
    process.stderr.write(`${done} of ${found}\n`);
  };
}
