import { type Placeholder, type SQL, sql } from "drizzle-orm";
import { inbox, messageChanges } from "../schema/conversations.ts";

export type TurnTreatment = (typeof inbox.$inferSelect)["treatment"];

/**
 * The treatment of a turn, as a column for a query. One message for an agent hands the whole turn over. It is explained only where no
 * message has words: a voice note with a question after it is answered. An edit gives words to a message without any.
 */
export function selectTreatment(turnId: Placeholder): SQL<TurnTreatment> {
  return sql<TurnTreatment>`(
    SELECT CASE
      WHEN bool_or(i.treatment = 'hand_over') THEN 'hand_over'
      WHEN bool_and(i.treatment = 'explain' AND NOT EXISTS (
        SELECT FROM ${messageChanges} AS c WHERE c.conversation_id = i.conversation_id
          AND c.target_message_id = i.provider_message_id AND c.kind = 'edit')) THEN 'explain'
      ELSE 'answer' END
    FROM ${inbox} AS i WHERE i.turn_id = ${turnId})`;
}
