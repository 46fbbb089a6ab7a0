import type { Database } from "../db/postgres.ts";
import { type WaitingHandoff, waitingHandoffs } from "../db/holds.ts";
import { openOutboundTurns } from "../db/outbound-turns.ts";
import { unrepairedFailures } from "../db/receipts.ts";
import type { RestartedTurn } from "../db/sweeps.ts";
import { releaseIdleVendorClaims } from "../db/vendor-replies.ts";
import {
  HANDOFF_WORKFLOW,
  handoffWorkflowId,
  REPAIR_WORKFLOW,
  repairWorkflowId,
  REPLY_WORKFLOW,
  replyWorkflowId,
} from "../workflows/names.ts";
import { createWalk } from "./create-walk.ts";

export interface LostStart {
  workflowType: string;
  workflowId: string;
  tenantId: string;
  input: object;
  /** The turn that it would deliver. */
  turn?: RestartedTurn;
}

/** A workflow that no inbound message stands behind is normally there a few milliseconds after its row. */
const LOST_AFTER_MS = 3_000;
const BATCH = 100;
/** Long enough for somebody to see it, short enough that the person is still there. */
const HANDOFF_TIMEOUT_S = 600;
/** Somebody who answered in the vendor's own inbox and has been silent for so long has gone home. */
const VENDOR_CLAIM_IDLE_MS = 12 * 3_600_000;

/**
 * Rows whose workflow may never have been started: outbound turns, late failures, and people who wait for a colleague. Ends idle
 * claims by the way.
 */
export function createSweepOutbound(db: Database): () => Promise<LostStart[]> {
  const late = { olderThanMs: LOST_AFTER_MS, limit: BATCH };
  const turns = createWalk((request) => openOutboundTurns(db, request), late);
  const failures = createWalk((request) => unrepairedFailures(db, request), late);
  const handoffs = createWalk((request) => waitingHandoffs(db, request), late);
  return async function sweepOutbound() {
    await releaseIdleVendorClaims(db, VENDOR_CLAIM_IDLE_MS);
    return [
      ...(await handoffs()).map(handoffStart),
      ...(await turns()).map(({ id: turnId, tenantId, restarts }) => ({
        workflowType: REPLY_WORKFLOW,
        workflowId: replyWorkflowId(turnId),
        tenantId,
        input: { turnId },
        turn: { turnId, restarts },
      })),
      ...(await failures()).map(({ id, tenantId }) => ({
        workflowType: REPAIR_WORKFLOW,
        workflowId: repairWorkflowId(id),
        tenantId,
        input: { deliveryId: id },
      })),
    ];
  };
}

function handoffStart({ tenantId, id: conversationId, since, settings }: WaitingHandoff): LostStart {
  const timeoutS = settings.handoffTimeoutS ?? HANDOFF_TIMEOUT_S;
  const input = { tenantId, conversationId, since: since.toISOString(), timeoutS };
  return { workflowType: HANDOFF_WORKFLOW, workflowId: handoffWorkflowId(input), tenantId, input };
}
