import type { Database } from "../../db/connection/postgres.ts";
import { type WaitingHandoff, findWaitingHandoffs } from "../../db/conversations/pause.ts";
import { findOpenOutboundTurns } from "../../db/turns/outbound-turns.ts";
import { findUnrepairedFailures } from "../../db/delivery/receipts.ts";
import type { RestartedTurn } from "../../db/turns/unstarted-messages.ts";
import { handBackIdleVendorTakeovers } from "../../db/conversations/takeover.ts";
import {
  HANDOFF_WORKFLOW,
  handoffWorkflowId,
  REPAIR_WORKFLOW,
  repairWorkflowId,
  REPLY_WORKFLOW,
  replyWorkflowId,
} from "../../workflows/names.ts";
import { createCursor } from "./cursor.ts";

export interface MissedStart {
  workflowType: string;
  workflowId: string;
  tenantId: string;
  input: object;
  /** The turn that the workflow delivers. */
  turn?: RestartedTurn;
}

/** Such a workflow starts a few milliseconds after its row is written; after this long its start may be lost. */
const MISSED_AFTER_MS = 3_000;
const BATCH = 100;
/** Long enough for an agent to notice, short enough that the contact still waits. */
const HANDOFF_TIMEOUT_S = 600;
/** An agent who has not written in the vendor's inbox for this long has finished. */
const VENDOR_TAKEOVER_IDLE_MS = 12 * 3_600_000;

/**
 * Lists the rows without an inbound message that may lack their workflow: outbound turns, late failures and handoffs. It also hands
 * back conversations that an agent took over in the vendor's inbox and left.
 */
export function createSweepOutbound(db: Database): () => Promise<MissedStart[]> {
  const scan = { olderThanMs: MISSED_AFTER_MS, limit: BATCH };
  const listTurns = createCursor((request) => findOpenOutboundTurns(db, request), scan);
  const listFailures = createCursor((request) => findUnrepairedFailures(db, request), scan);
  const listHandoffs = createCursor((request) => findWaitingHandoffs(db, request), scan);
  return async function sweepOutbound() {
    await handBackIdleVendorTakeovers(db, VENDOR_TAKEOVER_IDLE_MS);
    return [
      ...(await listHandoffs()).map(toHandoffStart),
      ...(await listTurns()).map(({ id: turnId, tenantId, restarts }) => ({
        workflowType: REPLY_WORKFLOW,
        workflowId: replyWorkflowId(turnId),
        tenantId,
        input: { turnId },
        turn: { turnId, restarts },
      })),
      ...(await listFailures()).map(({ id, tenantId }) => ({
        workflowType: REPAIR_WORKFLOW,
        workflowId: repairWorkflowId(id),
        tenantId,
        input: { deliveryId: id },
      })),
    ];
  };
}

function toHandoffStart({ tenantId, id: conversationId, since, settings }: WaitingHandoff): MissedStart {
  const timeoutS = settings.handoffTimeoutS ?? HANDOFF_TIMEOUT_S;
  const input = { tenantId, conversationId, since: since.toISOString(), timeoutS };
  return { workflowType: HANDOFF_WORKFLOW, workflowId: handoffWorkflowId(input), tenantId, input };
}
