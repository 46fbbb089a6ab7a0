import { listDeadLetters } from "../../../db/dead-letters.ts";
import { type Replay, replayDeadLetter } from "../../../db/replay-dead-letter.ts";
import { configuredVault } from "../../../infra/runtime/vault.ts";
import type { Scene } from "../under-load.ts";

const OPERATORS = 3;

/** Several operators press replay at once on each of these. Gives how often a replay began, and how often it was somebody else's. */
export async function replayTogether({ faultStack: { db, config } }: Scene, ids: readonly string[]) {
  const vault = configuredVault(config);
  const request = { tenantId: config.PARLEY_TENANT, acceptDuplicates: false };
  const outcomes = await Promise.all(
    ids.flatMap((id) =>
      Array.from({ length: OPERATORS }, async () => await replayDeadLetter(db, vault, { ...request, id })),
    ),
  );
  const count = (outcome: Replay) => outcomes.filter((each) => each === outcome).length;
  return { began: count("replayed"), others: count("already_replayed"), asked: outcomes.length };
}

export async function allDeadLetters({ faultStack: { db, config } }: Scene) {
  const filter = { tenantId: config.PARLEY_TENANT };
  return (await listDeadLetters(db, filter, { limit: 10_000, after: null })).rows;
}
