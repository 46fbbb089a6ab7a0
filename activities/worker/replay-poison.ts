import type { Database } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { listPoisonOfOtherBuilds, markReplayedBy } from "../../db/health/turn-restarts.ts";
import { replayDeadLetter } from "../../db/dead-letters/replay-dead-letter.ts";
import type { Log } from "../../infra/runtime/log.ts";
import type { Chore } from "./chores.ts";

const EVERY_MS = 30_000;
const RETRY_MS = 5_000;
const BATCH = 100;

/** Replays the turns that failed as poison on another build: this build may answer them. */
export function createReplayPoison({
  db,
  vault,
  build,
  log,
}: {
  db: Database;
  vault: Vault;
  build: string;
  log: Log;
}): Chore {
  return {
    name: "poison_replays",
    everyMs: EVERY_MS,
    retryMs: RETRY_MS,
    async run() {
      const found = await listPoisonOfOtherBuilds(db, { build, limit: BATCH });
      for (const { tenantId, turnId } of found) {
        const request = { tenantId, id: turnId, acceptDuplicates: false, isAutomatic: true };
        const result = await replayDeadLetter(db, vault, request);
        await markReplayedBy(db, { turnId, build });
        log.info({ turnId, build, result }, "replayed a turn that failed on another build");
      }
      return found.length === BATCH;
    },
  };
}
