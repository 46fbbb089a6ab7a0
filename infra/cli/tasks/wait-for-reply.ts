import { listTurnDeliveries } from "../../../db/delivery/list-deliveries.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { findTurnRow } from "../../../db/turns/list-turns.ts";
import { formatDelivery } from "../views/conversation-view.ts";

export interface ReplyStatus {
  /** False where it is certain that it was not sent. */
  ok: boolean;
  turn_id: string;
  /** Null: it is stored and not sent yet. */
  sent: boolean | null;
  outcome: string | null;
  deliveries: ReturnType<typeof formatDelivery>[];
}

export interface WaitOptions {
  limitMs: number;
  /** Told what is being waited for, for the first time after 2 s. */
  onWait(line: string): void;
}

const POLL_INTERVAL_MS = 200;
const FIRST_LINE_AFTER_MS = 2_000;
const LINE_EVERY_MS = 5_000;

/** Looks until the turn has come to an end, or patience has. */
export async function waitForReply(
  db: Database,
  key: { tenantId: string; turnId: string },
  { limitMs, onWait }: WaitOptions,
): Promise<ReplyStatus> {
  const begunAt = Date.now();
  let nextLineAt = begunAt + FIRST_LINE_AFTER_MS;
  for (;;) {
    const facts = await readReplyStatus(db, key);
    if (facts.outcome !== null || Date.now() - begunAt >= limitMs) return facts;
    if (Date.now() >= nextLineAt) {
      nextLineAt = Date.now() + LINE_EVERY_MS;
      onWait(formatWaitLine(facts));
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}

/** How a turn of a person's own words stands at this moment. */
export async function readReplyStatus(
  db: Database,
  { tenantId, turnId }: { tenantId: string; turnId: string },
): Promise<ReplyStatus> {
  const turn = await findTurnRow(db, { tenantId, turnId });
  const deliveries = (await listTurnDeliveries(db, turnId)).map(formatDelivery);
  const outcome = turn?.state === "closed" ? turn.outcome : null;
  const sent = outcome === null ? null : outcome === "answered";
  return { ok: sent !== false, turn_id: turnId, sent, outcome, deliveries };
}

function formatWaitLine({ deliveries }: ReplyStatus): string {
  const parts = deliveries.map(({ state, attempt, next_attempt_at: next }) =>
    next === null ? `${state}, attempt ${attempt}` : `${state}, next attempt at ${next.toISOString()}`,
  );
  return `not sent yet: ${parts.join("; ")}`;
}
