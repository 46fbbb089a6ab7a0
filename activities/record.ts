import type { Database, Queryable } from "../db/connection/postgres.ts";
import type { Vault } from "../db/connection/vault.ts";
import { lockNextSeq } from "../db/conversations/append-line.ts";
import {
  countTurnParts,
  type RecordedReply,
  type RecordObstacle,
  recordReply,
} from "../db/delivery/deliveries.ts";
import type { ReplyText } from "../db/delivery/reply-text.ts";
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

/** Each of them is over for the next attempt, or that attempt is not needed. */
const CAUSES: Record<RecordObstacle, string> = {
  ended: "it has ended",
  changed: "another attempt has changed it, or the contact has another key",
  line_taken: "a message has taken the number of its line",
};

export function createRecord({ db, vault, memory, ...dependencies }: RecordDependencies) {
  const screenResponse = createScreenResponse(dependencies);

  return async function record(step: TierStep): Promise<RecordResult> {
    const { turnId, tier, reason } = step;
    const remembered = memory.find(turnId);
    // No step after this one uses the texts.
    memory.forget(turnId);
    const knownParts = remembered?.response?.tier === tier ? remembered.parts : null;
    const fromMemory =
      remembered === null || knownParts === null ? null : await write(db, remembered, knownParts);
    const recorded = fromMemory !== null && "parts" in fromMemory ? fromMemory : await recordFromStore();
    if ("obstacle" in recorded)
      throw new Error(`Turn ${turnId} was not recorded: ${CAUSES[recorded.obstacle]}.`);
    await failpoint("after_record_commit");
    return recorded;

    /** A reply that is stored stays as it is: this process may have other limits and rules than the one that has recorded it. */
    async function recordFromStore(): Promise<RecordedReply> {
      const turn = await readTurn(db, vault, step);
      const stored = turn.scope.replyTier === null ? 0 : await countTurnParts(db, turnId);
      if (stored > 0) return { parts: stored };
      const parts = await screenAgain(turn);
      const result = await write(db, turn, parts);
      if (!("obstacle" in result) || result.obstacle !== "line_taken") return result;
      // A message has taken the number. In a busy conversation the next one does so again, so this try waits for the lock before it reads.
      return await db.transaction(async (tx) => {
        const nextSeq = await lockNextSeq(tx, turn.scope.conversationId);
        return await write(tx, { ...turn, nextSeq }, parts);
      });
    }

    async function write(
      on: Queryable,
      turn: RememberedTurn,
      parts: readonly ReplyText[],
    ): Promise<RecordedReply> {
      const model = turn.response?.model ?? null;
      return await recordReply(on, vault, turn, { parts, tier, reason, model });
    }

    async function screenAgain(turn: RememberedTurn): Promise<readonly ReplyText[]> {
      const screened = await screenResponse(turn, tier);
      // The screen has let it pass: this process has other rules. A turn that no process can record becomes a dead letter.
      if (screened.verdict === "blocked")
        throw new Error(`The screen refuses a reply now: ${screened.reason}.`);
      return screened.parts;
    }
  };
}
