import { type SQL, sql, type SQLWrapper } from "drizzle-orm";
import { hasListeners } from "../events/outgoing-events.ts";
import { NEW_ID } from "../connection/new-id.ts";
import type { Queryable } from "../connection/postgres.ts";

/** The event of a part's new state. Other states have no event. */
const EVENT_OF_STATE = sql`(VALUES
  ('accepted', 'message.reply.sent'), ('delivered', 'message.reply.delivered'), ('read', 'message.reply.read'),
  ('refused', 'message.reply.failed'), ('unknown', 'message.reply.failed'), ('failed', 'message.reply.failed')
) AS event_of_state (state, type)`;

export interface UpdatedDelivery extends Record<string, unknown> {
  id: string;
  turn_id: string;
  conversation_id: string;
  state: string;
  code: string | null;
}

interface EventFields {
  state: "state" | "receipt";
  code: "code" | "receipt_code";
}

/**
 * Changes delivery rows and writes the events of the changes in one statement. `change` is an UPDATE of `deliveries d` that
 * returns its columns; `state` and `code` name the columns that go into the event.
 */
export async function updateDeliveriesAndEmit(
  db: Queryable,
  change: SQLWrapper,
  fields: EventFields,
): Promise<UpdatedDelivery[]> {
  const { rows } = await db.execute<UpdatedDelivery>(
    sql`${withChangeAndEvents(change, fields)} SELECT id, turn_id, conversation_id, state, code FROM news`,
  );
  return rows;
}

/** The beginning of such a statement, before its SELECT. */
export function withChangeAndEvents(change: SQLWrapper, { state, code }: EventFields): SQL {
  return sql`
    WITH updated AS (${change.getSQL()}), news AS (
      SELECT id, tenant_id, conversation_id, turn_id, part, provider_id, ${sql.identifier(state)} AS state,
        ${sql.identifier(code)} AS code FROM updated
    ), emitted AS (
      INSERT INTO events (id, tenant_id, type, conversation_id, data)
      SELECT ${NEW_ID}, n.tenant_id, event_of_state.type, n.conversation_id, jsonb_build_object('delivery_id', n.id,
        'turn_id', n.turn_id, 'part', n.part + 1, 'provider_message_id', n.provider_id, 'state', n.state, 'code', n.code)
      FROM news n JOIN ${EVENT_OF_STATE} ON event_of_state.state = n.state WHERE ${hasListeners(sql`n.tenant_id`)}
    )`;
}
