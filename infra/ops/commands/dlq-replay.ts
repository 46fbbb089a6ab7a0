import type { Command } from "commander";
import { listDeadLetters } from "../../../db/dead-letters.ts";
import { type Replay, replayDeadLetter } from "../../../db/replay-dead-letter.ts";
import { CalledWrongly } from "../called-wrongly.ts";
import { wholeNumberArgument } from "../argument.ts";
import { filterOf, letterArgument, type LetterFilters, letterFilters } from "../dead-letter-options.ts";
import { runForTenant, tenantCommand, type TenantOptions, type TenantWork } from "../tenant-command.ts";

interface ReplayOptions extends TenantOptions, LetterFilters {
  limit: number;
  acceptDuplicates: boolean;
}

const EXAMPLE = "8f14e45f-ceea-467f-a8d4-1c0a1d2b3c4d";
const PROGRESS_EVERY_MS = 2_000;

/** One dead letter by its id, or many by what they have in common. */
export function addReplayCommand(dlq: Command): void {
  const replay = tenantCommand(
    dlq,
    "replay",
    "Sends what did not arrive, from the first part that was not accepted. Twice is once.",
    [`dlq replay ${EXAMPLE}`, "dlq replay --reason refused:config --limit 500 --json"],
  ).argument("[id]", "the dead letter's; without it those that the filters let through", letterArgument);
  letterFilters(replay)
    .option("--limit <n>", "how many at most, those that died last first", wholeNumberArgument, 100)
    .option(
      "--accept-duplicates",
      "send a part again that may have arrived, where the channel cannot be asked",
      false,
    )
    .action(async (id: string | undefined, options: ReplayOptions) => {
      await runForTenant(options, async (work) => {
        if (id === undefined) return await replayMany(work, options);
        const outcome = await replayDeadLetter(work.db, work.vault, request(work, id, options));
        return { ok: isDone(outcome), id, outcome };
      });
    });
}

async function replayMany(work: TenantWork, options: ReplayOptions) {
  const filter = filterOf(options);
  if (Object.values(filter).every((value) => value === undefined))
    throw new CalledWrongly([{ field: "<id>", message: "is required where no filter says which ones" }]);
  const page = { limit: options.limit, after: null };
  const { rows } = await listDeadLetters(work.db, { tenantId: work.tenantId, ...filter }, page);
  const counts = { replayed: 0, already_replayed: 0, not_found: 0, endpoint_disabled: 0, unreadable: 0 };
  let toldAt = Date.now();
  for (const [i, { id }] of rows.entries()) {
    counts[await replayDeadLetter(work.db, work.vault, request(work, id, options))] += 1;
    if (Date.now() - toldAt < PROGRESS_EVERY_MS) continue;
    toldAt = Date.now();
    process.stderr.write(`${i + 1} of ${rows.length}\n`);
  }
  return { ok: counts.endpoint_disabled + counts.unreadable === 0, found: rows.length, ...counts };
}

function request({ tenantId }: TenantWork, id: string, { acceptDuplicates }: ReplayOptions) {
  return { tenantId, id, acceptDuplicates };
}

function isDone(outcome: Replay): boolean {
  return outcome === "replayed" || outcome === "already_replayed";
}
