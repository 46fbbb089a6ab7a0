import type { Database } from "../db/connection/postgres.ts";
import type { Vault } from "../db/connection/vault.ts";
import { countTurnParts, recordReply } from "../db/delivery/deliveries.ts";
import { readTurn } from "../db/turns/read-turn.ts";
import type { RememberedTurn, TurnMemory } from "../db/turns/turn-memory.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { RecordResult } from "../workflows/types.ts";
import { createScreenResponse, type ScreenResponseDependencies } from "./answer/screen-response.ts";
import type { TierStep } from "./contract.ts";

export interface RecordDependencies extends ScreenResponseDependencies {
  db: Database;
  vault: Vault;
  memory: TurnMemory;
}

export function createRecord({ db, vault, memory, ...dependencies }: RecordDependencies) {
  const screenResponse = createScreenResponse(dependencies);

  return async function record(step: TierStep): Promise<RecordResult> {
    const { turnId, tier, reason } = step;
    const remembered = memory.find(turnId);
    // No step after this one uses the texts.
    memory.forget(turnId);
    const isScreened = remembered?.response?.tier === tier && remembered.parts !== null;
    const fromMemory = isScreened ? await write(remembered) : null;
    // A message that arrives during the step takes the number of the reply's line. So one more attempt follows.
    const recorded = fromMemory ?? (await recordFromStore()) ?? (await recordFromStore());
    if (recorded === null) throw new Error(`Turn ${turnId} was changed by another attempt.`);
    await failpoint("after_record_commit");
    return recorded;

    /** A reply that is stored stays as it is: this process may have other limits and rules than the one that has recorded it. */
    async function recordFromStore(): Promise<RecordResult | null> {
      const turn = await readTurn(db, vault, step);
      const parts = turn.scope.replyTier === null ? 0 : await countTurnParts(db, turnId);
      return parts > 0 ? { parts } : await write(turn);
    }

    /** Null where the store has another version of the turn or a newer line of its conversation. */
    async function write(turn: RememberedTurn): Promise<RecordResult | null> {
      const parts = turn.parts ?? (await screenAgain(turn));
      const model = turn.response?.model ?? null;
      return await recordReply(db, vault, turn, { parts, tier, reason, model });
    }

    async function screenAgain(turn: RememberedTurn): Promise<readonly string[]> {
      const screened = await screenResponse(turn, tier);
      // The screen has let it pass: this process has other rules. A turn that no process can record becomes a dead letter.
      if (screened.verdict === "blocked")
        throw new Error(`The screen refuses a reply now: ${screened.reason}.`);
      return screened.parts;
    }
  };
}
