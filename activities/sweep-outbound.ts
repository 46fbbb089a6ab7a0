import type { Database } from "../db/postgres.ts";
import { openOutboundTurns } from "../db/outbound-turns.ts";
import { unrepairedFailures } from "../db/receipts.ts";
import { releaseIdleVendorClaims } from "../db/vendor-replies.ts";
import { REPAIR_WORKFLOW, repairWorkflowId, REPLY_WORKFLOW, replyWorkflowId } from "../workflows/names.ts";

export interface LostStart {
  workflowType: string;
  workflowId: string;
  tenantId: string;
  input: object;
}

/** A workflow that no inbound message stands behind is normally there a few milliseconds after its row. */
const LOST_AFTER_MS = 3_000;
const BATCH = 100;
/** Somebody who answered in the vendor's own inbox and has been silent for so long has gone home. */
const VENDOR_CLAIM_IDLE_MS = 12 * 3_600_000;

/** Rows whose workflow may never have been started: outbound turns and late failures. Ends idle claims by the way. */
export async function sweepOutbound(db: Database): Promise<LostStart[]> {
  await releaseIdleVendorClaims(db, VENDOR_CLAIM_IDLE_MS);
  const late = { olderThanMs: LOST_AFTER_MS, limit: BATCH };
  const turns = await openOutboundTurns(db, late);
  const failures = await unrepairedFailures(db, late);
  return [
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
