import { listDeadLetters } from "../../../../../db/dead-letters/dead-letters.ts";
import { type ReplayResult, replayDeadLetter } from "../../../../../db/dead-letters/replay-dead-letter.ts";
import { createConfiguredVault } from "../../../../../infra/runtime/encryption/vault.ts";
import type { CampaignContext } from "../../run-under-load.ts";

const OPERATORS = 3;

/** Several operators replay each of these at the same time. Returns how many replays started, and how many found one already started. */
export async function replayConcurrently(
  { faultSandbox: { db, config } }: CampaignContext,
  ids: readonly string[],
) {
  const vault = createConfiguredVault(config);
  const request = { tenantId: config.PARLEY_TENANT, acceptDuplicates: false };
  const outcomes = await Promise.all(
    ids.flatMap((id) =>
      Array.from({ length: OPERATORS }, async () => await replayDeadLetter(db, vault, { ...request, id })),
    ),
  );
  const count = (outcome: ReplayResult) => outcomes.filter((each) => each === outcome).length;
  return { began: count("replayed"), others: count("already_replayed"), asked: outcomes.length };
}

export async function allDeadLetters({ faultSandbox: { db, config } }: CampaignContext) {
  const filter = { tenantId: config.PARLEY_TENANT };
  return (await listDeadLetters(db, filter, { limit: 10_000, keysetBefore: null })).rows;
}
