import { isGrpcServiceError } from "@temporalio/client";
import type { Vault } from "../../../db/connection/vault.ts";
import type { Spool, SpooledRow } from "../../../db/inbound/spool.ts";
import { createLogRarely } from "../../../infra/runtime/log-rarely.ts";
import type { WorkflowStarter } from "../../../infra/runtime/temporal/workflow-starter.ts";
import { startInlined } from "../inlined/inline-event.ts";
import type { InlinedStart } from "../inlined/plan-inlined.ts";
import { openEvent } from "./spooled-event.ts";

export interface InlineSpooledDependencies {
  spool: Spool;
  vault: Vault;
  starter: Pick<WorkflowStarter, "startMessage">;
  log: { warn(details: object, message: string): void };
  signal: AbortSignal;
}

const BATCH = 200;
const TIMEOUT_MS = 900;
/** gRPC: the server works, and this request can never be accepted. */
const INVALID_ARGUMENT = 3;

/**
 * Gives the urgent entries to Temporal that Postgres has not accepted yet: the workers of other processes may have Postgres, and go on
 * sending. Each entry is given once in the life of this process. It stays in the spool until Postgres has it.
 */
export function createInlineSpooled({ spool, vault, starter, log, signal }: InlineSpooledDependencies) {
  const logRarely = createLogRarely(log, "warn");
  let lastInlined = 0;

  /** False where Temporal is the cause of a failure. A failure of the entry itself must not stop later entries. */
  async function inlineRow(row: SpooledRow): Promise<boolean> {
    const start = openStart(row);
    if (start === null) return true;
    try {
      await startInlined(starter, start, { isUrgent: true, timeoutMs: TIMEOUT_MS });
      return true;
    } catch (error) {
      logFailure(row, error);
      return hasInvalidArgument(error);
    }
  }

  /** Null where nothing can be inlined: the entry cannot be decrypted, or an earlier build wrote it. */
  function openStart(row: SpooledRow): InlinedStart | null {
    try {
      return openEvent(vault, row).start ?? null;
    } catch (error) {
      logFailure(row, error);
      return null;
    }
  }

  function logFailure({ id }: SpooledRow, error: unknown): void {
    const message =
      "an urgent entry of the spool cannot be inlined; it takes effect when this ingress reaches a store again";
    logRarely(error, message, { entry: id });
  }

  return async function inlineSpooled(): Promise<void> {
    for (;;) {
      const rows = spool.waiting("urgent", { after: lastInlined, limit: BATCH });
      for (const row of rows) {
        if (signal.aborted || !(await inlineRow(row))) return;
        lastInlined = row.id;
      }
      if (rows.length < BATCH) return;
    }
  };
}

function hasInvalidArgument(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!isGrpcServiceError(error)) return hasInvalidArgument(error.cause);
  const code: number = error.code;
  return code === INVALID_ARGUMENT;
}
