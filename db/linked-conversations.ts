import { and, desc, eq, gt, ne, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Queryable } from "./postgres.ts";
import { conversations } from "./schema/conversations.ts";
import { contacts } from "./schema/people.ts";
import type { ReadableConversation } from "./transcript.ts";

/** Direct conversations that the same person had lately on other channels; none where nobody has linked them. */
export async function linkedConversations(
  db: Queryable,
  { contactId, tenantId }: { contactId: string; tenantId: string },
  { withinMs, limit }: { withinMs: number; limit: number },
): Promise<ReadableConversation[]> {
  const me = alias(contacts, "me");
  return await db
    .select({ conversationId: conversations.id, contactId: contacts.id, dataKey: contacts.dataKey })
    .from(me)
    .innerJoin(contacts, and(eq(contacts.personId, me.personId), ne(contacts.id, me.id)))
    .innerJoin(conversations, eq(conversations.contactId, contacts.id))
    .where(
      and(
        eq(me.id, contactId),
        eq(contacts.tenantId, tenantId),
        // What is said in a group is not this person's alone.
        eq(conversations.thread, ""),
        gt(conversations.lastInboundAt, sql`now() - make_interval(secs => ${withinMs / 1000})`),
      ),
    )
    .orderBy(desc(conversations.lastInboundAt))
    .limit(limit);
}
