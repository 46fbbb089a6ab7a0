import { activityInfo, ApplicationFailure } from "@temporalio/activity";
import { LRUCache } from "lru-cache";
import { isTransient } from "../db/connection/is-transient.ts";
import { type Database, findSqlState, isTransientDbError } from "../db/connection/postgres.ts";
import type { Vault } from "../db/connection/vault.ts";
import type { OutageWatch } from "../db/connection/watch-outages.ts";
import { storeInlined as storeEvent } from "../db/inbound/inlined-event.ts";
import { keepUnstored } from "../db/inbound/unstored-messages.ts";
import { findQuietRestMs } from "../db/turns/acquire-turn.ts";
import type { InlinedInput, StoreInlinedResult } from "../workflows/types.ts";
import type { StepHealth } from "./retry/step-health.ts";

export interface StoreInlinedDependencies {
  db: Database;
  vault: Vault;
  stepHealth: StepHealth;
  outages: Pick<OutageWatch, "awaitAvailable" | "extendHolds">;
}

/** Thousands of messages may wait for the end of an outage. A wait is cheaper than a connection that is refused four times a second. */
const AWAIT_POSTGRES_MS = 3_000;
/** The back-off of a failure that is no outage: a defect of this build, a missing table or permission. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const FAILING_WORKFLOWS = 10_000;
/** A workflow that has not failed for this long begins its back-off again. */
const FORGET_MS = 60_000;

/**
 * Stores an event that its workflow carries, encrypted, because Postgres was unavailable at the ingress. An event that can never be
 * stored is kept as it is, for an operator: it exists nowhere else. After an outage the next try follows at once. Every other failure has
 * a back-off, because it may last for hours.
 */
export function createStoreInlined({ db, vault, stepHealth, outages }: StoreInlinedDependencies) {
  const pauses = new LRUCache<string, number>({ max: FAILING_WORKFLOWS, ttl: FORGET_MS });

  function failAfterPause(error: unknown): never {
    if (isOutage(error)) throw error;
    const { workflowId = "" } = activityInfo().workflowExecution ?? {};
    const nextRetryDelay = Math.min(LONGEST_PAUSE_MS, pauses.get(workflowId) ?? FIRST_PAUSE_MS);
    pauses.set(workflowId, nextRetryDelay * 2);
    const cause = error instanceof Error ? error : new Error(String(error));
    throw ApplicationFailure.create({ message: "An inlined event cannot be stored.", nextRetryDelay, cause });
  }

  return async function storeInlined(input: InlinedInput): Promise<StoreInlinedResult> {
    const { tenantId, channel, accountId, providerMessageId, inlined } = input;
    await outages.awaitAvailable(AWAIT_POSTGRES_MS);
    const kind = await storeEvent(db, vault, { tenantId, inlined }).catch(async (error: unknown) => {
      const reason = await stepHealth.findPoison(error);
      return reason === null ? failAfterPause(error) : { reason };
    });
    if (typeof kind === "object") {
      const { reason } = kind;
      await keepUnstored(db, { tenantId, channel, accountId, providerMessageId, inlined, reason });
      return { kind: "failed", reason };
    }
    stepHealth.countPass();
    outages.extendHolds();
    return kind === "message"
      ? { kind: "stored", quietMs: await findQuietRestMs(db, input) }
      : { kind: "applied" };
  };
}

/** Also where the time of the step is over: it waited for Postgres. An error of the server is an outage only where its code says so. */
function isOutage(error: unknown): boolean {
  return isTransientDbError(error) || (findSqlState(error) === null && isTransient(error));
}
