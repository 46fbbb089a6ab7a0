import { eq } from "drizzle-orm";
import type { Database } from "../../db/connection/postgres.ts";
import { conversations, inbox } from "../../db/schema/conversations.ts";

/** The current row of the conversation of a message. */
export async function findConversationOf(db: Database, providerMessageId: string) {
  const [row] = await db
    .select({ conversation: conversations })
    .from(conversations)
    .innerJoin(inbox, eq(inbox.conversationId, conversations.id))
    .where(eq(inbox.providerMessageId, providerMessageId));
  if (row === undefined) throw new Error(`${providerMessageId} was not stored.`);
  return row.conversation;
}
