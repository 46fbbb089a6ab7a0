import { and, desc, eq, gt, ne, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { keepStatement } from "../../infra/runtime/patches/keep-statement.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations } from "../schema/conversations.ts";
import { contacts } from "../schema/contacts.ts";
import type { ReadableConversation } from "../conversations/transcript.ts";

const selectLinked = keepStatement((db: Queryable) => {
  const self = alias(contacts, "me");
  return db
    .select({ conversationId: conversations.id, contactId: contacts.id, dataKey: contacts.dataKey })
    .from(self)
    .innerJoin(contacts, and(eq(contacts.linkId, self.linkId), ne(contacts.id, self.id)))
    .innerJoin(conversations, eq(conversations.contactId, contacts.id))
    .where(
      and(
        eq(self.id, sql.placeholder("contactId")),
        eq(contacts.tenantId, sql.placeholder("tenantId")),
        // Other contacts also write in a group.
        eq(conversations.thread, ""),
        gt(conversations.lastInboundAt, sql`now() - make_interval(secs => ${sql.placeholder("withinS")})`),
      ),
    )
    .orderBy(desc(conversations.lastInboundAt))
    .limit(sql.placeholder("limit"));
});

/** Recent direct conversations of the linked contacts on other channels. Empty where nothing is linked. */
export async function findLinkedConversations(
  db: Queryable,
  { contactId, tenantId }: { contactId: string; tenantId: string },
  { withinMs, limit }: { withinMs: number; limit: number },
): Promise<ReadableConversation[]> {
  return await selectLinked(db, { contactId, tenantId, withinS: withinMs / 1000, limit });
}
