import { setTimeout as sleep } from "node:timers/promises";
import { isTransientDbError } from "../../db/connection/postgres.ts";

const WAITS_MS = [20, 100, 500];

/**
 * Writes what nobody else knows (that a vendor took a send, or refused it), again where Postgres was away for a moment. Left to the next
 * attempt, it could not be told from a send whose answer was lost. Only for what changes nothing the second time.
 */
export async function withRetry(write: () => Promise<void>): Promise<void> {
  for (const waitMs of WAITS_MS) {
    try {
      return await write();
    } catch (error) {
      if (!isTransientDbError(error)) throw error;
    }
    await sleep(waitMs);
  }
  await write();
}
