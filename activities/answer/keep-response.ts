import { type Database, isTransientDbError } from "../../db/connection/postgres.ts";
import type { Vault } from "../../db/connection/vault.ts";
import { type ModelResponse, saveResponse, saveUnusedResponse } from "../../db/turns/model-responses.ts";
import { readTurn } from "../../db/turns/read-turn.ts";
import type { RememberedTurn, TurnMemory } from "../../db/turns/turn-memory.ts";
import { saveContext } from "../../db/turns/turn-texts.ts";

export interface KeepResponseDependencies {
  db: Database;
  vault: Vault;
  memory: TurnMemory;
}

/** Stores a completion with the context that it answers. One that cannot be used is stored for its cost. */
export function createKeepResponse({ db, vault, memory }: KeepResponseDependencies) {
  /** The completion of the tier that the turn has in the end: of two attempts at the same time the first one counts. */
  return async function keepResponse(turn: RememberedTurn, response: ModelResponse): Promise<ModelResponse> {
    try {
      return await saveOrFind(turn, response);
    } catch (error) {
      // After a transient error the same call may still use it.
      if (!isTransientDbError(error)) await saveCost(turn, response);
      throw error;
    }
  };

  async function saveOrFind(turn: RememberedTurn, response: ModelResponse): Promise<ModelResponse> {
    const step = { turnId: turn.scope.turnId, tier: response.tier };
    if (await saveResponse(db, vault, turn, response)) {
      memory.remember({ ...turn, response });
      return response;
    }
    memory.forget(step.turnId);
    const stored = await readTurn(db, vault, step);
    if (stored.response === null) return await saveWithContext(turn, stored, response);
    await saveCost(turn, response);
    memory.remember(stored);
    return stored.response;
  }

  /** PostgreSQL has lost the context during the call. Without it the completion cannot be screened, so both are stored. */
  async function saveWithContext(
    turn: RememberedTurn,
    stored: RememberedTurn,
    response: ModelResponse,
  ): Promise<ModelResponse> {
    // A reply settles the cost of the turn, so a completion that comes after it is not used.
    if (stored.scope.replyTier !== null) throw new Error(CHANGED);
    const kept = await restoreContext(turn, stored);
    if (kept === null || !(await saveResponse(db, vault, kept, response))) throw new Error(CHANGED);
    memory.remember({ ...kept, response });
    return response;
  }

  /** The turn with the context of this call, or null where it has another one. */
  async function restoreContext(
    { context }: RememberedTurn,
    stored: RememberedTurn,
  ): Promise<RememberedTurn | null> {
    // An earlier try has stored it, and the response of PostgreSQL was lost.
    if (context !== null && stored.context?.context === context.context) return stored;
    if (context === null || stored.context !== null) return null;
    // Not in one transaction with the completion: the context alone commits without a wait for the disk.
    const version = await saveContext(db, vault, stored, context);
    return version === null ? null : { ...stored, version, context };
  }

  /** The text of a free tier costs nothing. */
  async function saveCost({ scope }: RememberedTurn, response: ModelResponse): Promise<void> {
    if (response.model !== null) await saveUnusedResponse(db, scope, response);
  }
}

/** The next attempt finds what the other one has stored. */
const CHANGED = "Another attempt has changed the turn.";
