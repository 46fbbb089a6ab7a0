import type { Database } from "../db/connection/postgres.ts";
import type { Vault } from "../db/connection/vault.ts";
import { readTurn } from "../db/turns/read-turn.ts";
import type { TurnMemory } from "../db/turns/turn-memory.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import type { ScreenResult } from "../workflows/types.ts";
import { createScreenResponse, type ScreenResponseDependencies } from "./answer/screen-response.ts";
import type { TierStep } from "./contract.ts";

export interface ScreenDependencies extends ScreenResponseDependencies {
  db: Database;
  vault: Vault;
  memory: TurnMemory;
}

export function createScreen({ db, vault, memory, ...dependencies }: ScreenDependencies) {
  const screenResponse = createScreenResponse(dependencies);
  return async function screen(step: TierStep): Promise<ScreenResult> {
    const { turnId, tier } = step;
    await failpoint("before_screen");
    const remembered = memory.find(turnId);
    // Without a look at the store: what this process remembers and the store does not have is not recorded.
    const turn = remembered?.response?.tier === tier ? remembered : await readTurn(db, vault, step);
    const screened = await screenResponse(turn, tier);
    if (screened.verdict === "blocked") return screened;
    const { parts } = screened;
    memory.remember({ ...turn, parts });
    return { verdict: "pass", parts: parts.length };
  };
}
