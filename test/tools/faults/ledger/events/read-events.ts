import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../../../../../db/connection/postgres.ts";
import type { EventRow } from "../ledger.ts";

/** The name under which the webhook sink receives the events of the load. */
export const EVENT_HOOK = "events-of-the-load";
const POLL_EVERY_MS = 250;
const PAGE = z.object({
  messages: z.array(
    z.looseObject({ name: z.string(), webhookId: z.string().nullable(), signatureOk: z.boolean() }),
  ),
});

/** The outgoing events that were stored after their endpoint, each with its delivery. */
async function readEvents(db: Database): Promise<EventRow[]> {
  const { rows } = await db.execute<EventRow & Record<string, unknown>>(sql`
    SELECT e.id, e.type, d.state, d.code, coalesce(d.attempt, 0) AS attempts,
      coalesce(d.claimed_at IS NULL AND d.attempt > 0 AND d.next_attempt_at > now(), false) AS "isDeferred"
    FROM event_endpoints n JOIN events e ON e.tenant_id = n.tenant_id AND e.created_at > n.created_at
      LEFT JOIN event_deliveries d ON d.event_id = e.id AND d.endpoint_id = n.id
    WHERE n.url LIKE ${`%/hooks/${EVENT_HOOK}`}`);
  return rows;
}

/** Waits until each event has an outcome or waits for the schedule of repeated attempts, but not for ever. */
export async function awaitEvents(db: Database, deadline: number): Promise<EventRow[]> {
  for (;;) {
    const rows = await readEvents(db);
    if (!rows.some(isLeft) || Date.now() > deadline) return rows;
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}

export function isLeft({ state, isDeferred }: EventRow): boolean {
  return state !== "delivered" && state !== "failed" && !isDeferred;
}

/** The ids of the events that reached the sink with a valid signature. */
export async function readArrivedEvents(sinkUrl: string): Promise<string[]> {
  const response = await fetch(`${sinkUrl}/__control/messages?since=0`);
  return PAGE.parse(await response.json()).messages.flatMap(({ name, webhookId, signatureOk }) =>
    name === EVENT_HOOK && signatureOk && webhookId !== null ? [webhookId] : [],
  );
}
