import type { Database } from "../db/postgres.ts";
import { waitingHandoffs } from "../db/holds.ts";
import { openOutboundTurns } from "../db/outbound-turns.ts";
import { unrepairedFailures } from "../db/receipts.ts";
import { releaseIdleVendorClaims } from "../db/vendor-replies.ts";
import {
  HANDOFF_WORKFLOW,
  handoffWorkflowId,
  REPAIR_WORKFLOW,
  repairWorkflowId,
  REPLY_WORKFLOW,
  replyWorkflowId,
} from "../workflows/names.ts";

export interface LostStart {
  workflowType: string;
  workflowId: string;
  tenantId: string;
  input: object;
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
export async function sweepOutbound(db: Database): Promise<LostStart[]> {
  await releaseIdleVendorClaims(db, VENDOR_CLAIM_IDLE_MS);
  const late = { olderThanMs: LOST_AFTER_MS, limit: BATCH };
  const turns = await openOutboundTurns(db, late);
  const failures = await unrepairedFailures(db, late);
  const handoffs = await waitingHandoffs(db, late);
  return [
    ...handoffs.map(({ tenantId, conversationId, since, settings }) => {
      const timeoutS = settings.handoffTimeoutS ?? HANDOFF_TIMEOUT_S;
      const input = { tenantId, conversationId, since: since.toISOString(), timeoutS };
      return { workflowType: HANDOFF_WORKFLOW, workflowId: handoffWorkflowId(input), tenantId, input };
    }),
    ...turns.map(({ turnId, tenantId }) => ({
      workflowType: REPLY_WORKFLOW,
      workflowId: replyWorkflowId(turnId),
      tenantId,
      input: { turnId },
    })),
    ...failures.map(({ id, tenantId }) => ({
      workflowType: REPAIR_WORKFLOW,
      workflowId: repairWorkflowId(id),
      tenantId,
      input: { deliveryId: id },
    })),
  ];
}
