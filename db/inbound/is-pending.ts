import { and, eq, isNull, type SQL, type SQLWrapper } from "drizzle-orm";
import { inbox } from "../schema/conversations.ts";

/**
 * A message that waits for a turn. It has no turn and no reason, which are the conditions of the indexes `inbox_waiting_...`: the planner
 * uses them only for a query that contains them.
 */
export function isPending(
  message: Readonly<Record<"state" | "turnId" | "reason", SQLWrapper>> = inbox,
): SQL | undefined {
  return and(eq(message.state, "pending"), isNull(message.turnId), isNull(message.reason));
}
