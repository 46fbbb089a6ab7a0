import type { Command } from "commander";
import { listDeadLetters } from "../../../../db/turns/dead-letters.ts";
import { type ReplayResult, replayDeadLetter } from "../../../../db/turns/replay-dead-letter.ts";
import { UsageError } from "../../usage-error.ts";
import { parseWholeNumber } from "../../options/argument-parsers.ts";
import {
  toDeadLetterFilter,
  parseDeadLetterId,
  type DeadLetterFilters,
  addDeadLetterFilters,
} from "../../options/dead-letter-options.ts";
import {
  runForTenant,
  createTenantCommand,
  type TenantOptions,
  type TenantContext,
} from "../../tenant-command.ts";

interface ReplayOptions extends TenantOptions, DeadLetterFilters {
  limit: number;
  acceptDuplicates: boolean;
}

const EXAMPLE = "8f14e45f-ceea-467f-a8d4-1c0a1d2b3c4d";
const PROGRESS_EVERY_MS = 2_000;

/** One dead letter by its id, or many by what they have in common. */
export function addReplayCommand(dlq: Command): void {
  const replay = createTenantCommand(
    dlq,
    "replay",
    "Sends what did not arrive, from the first part that was not accepted. Twice is once.",
    [`dlq replay ${EXAMPLE}`, "dlq replay --reason refused:config --limit 500 --json"],
  ).argument("[id]", "the dead letter's; without it those that the filters let through", parseDeadLetterId);
  addDeadLetterFilters(replay)
    .option("--limit <n>", "how many at most, those that died last first", parseWholeNumber, 100)
    .option(
      "--accept-duplicates",
      "send a part again that may have arrived, where the channel cannot be asked",
      false,
    )
    .action(async (id: string | undefined, options: ReplayOptions) => {
      await runForTenant(options, async (work) => {
        if (id === undefined) return await replayMany(work, options);
        const outcome = await replayDeadLetter(work.db, work.vault, toReplayRequest(work, id, options));
        return { ok: isDone(outcome), id, outcome };
      });
    });
}

async function replayMany(work: TenantContext, options: ReplayOptions) {
  const filter = toDeadLetterFilter(options);
  if (Object.values(filter).every((value) => value === undefined))
    throw new UsageError([{ field: "<id>", message: "is required where no filter says which ones" }]);
  const page = { limit: options.limit, keysetBefore: null };
  const { rows } = await listDeadLetters(work.db, { tenantId: work.tenantId, ...filter }, page);
  const counts = { replayed: 0, already_replayed: 0, not_found: 0, endpoint_disabled: 0, unreadable: 0 };
  let reportedAt = Date.now();
  for (const [i, { id }] of rows.entries()) {
    counts[await replayDeadLetter(work.db, work.vault, toReplayRequest(work, id, options))] += 1;
    if (Date.now() - reportedAt < PROGRESS_EVERY_MS) continue;
    reportedAt = Date.now();
    process.stderr.write(`${i + 1} of ${rows.length}\n`);
  }
  return { ok: counts.endpoint_disabled + counts.unreadable === 0, found: rows.length, ...counts };
}

function toReplayRequest({ tenantId }: TenantContext, id: string, { acceptDuplicates }: ReplayOptions) {
  return { tenantId, id, acceptDuplicates };
}

function isDone(outcome: ReplayResult): boolean {
  return outcome === "replayed" || outcome === "already_replayed";
}
