import { and, eq, sql } from "drizzle-orm";
import { hasSqlState, type Queryable } from "../connection/postgres.ts";
import { moveSilence } from "../contacts/carry-silence.ts";
import { conversations } from "../schema/conversations.ts";

export interface ThreadMove {
  tenantId: string;
  channel: string;
  accountId: string;
  /** The threads as the inbound half names them. */
  from: string;
  to: string;
}

type Conversation = Pick<typeof conversations.$inferSelect, "id" | "contactId">;

/**
 * The conversations of a group go on under its new id, with their transcript, their pause and their takeover. A second call changes nothing.
 */
export async function moveThread(db: Queryable, { from, to, ...account }: ThreadMove): Promise<void> {
  for (const conversation of await findConversations(db, { ...account, thread: from }))
    if (!(await renameThread(db, conversation, to))) await joinThread(db, conversation, { ...account, to });
}

interface Place {
  tenantId: string;
  channel: string;
  accountId: string;
  thread: string;
}

async function findConversations(
  db: Queryable,
  { tenantId, channel, accountId, thread }: Place,
): Promise<Conversation[]> {
  return await db
    .select({ id: conversations.id, contactId: conversations.contactId })
    .from(conversations)
    .where(
      and(
        eq(conversations.thread, thread),
        eq(conversations.accountId, accountId),
        eq(conversations.channel, channel),
        eq(conversations.tenantId, tenantId),
        // A literal, so that the planner can use the index of shared places.
        sql`${conversations.thread} <> ''`,
      ),
    );
}

const UNIQUE_VIOLATION = "23505";

/** False where the contact has written in the new group before we knew of the move. */
async function renameThread(db: Queryable, { id }: Conversation, to: string): Promise<boolean> {
  try {
    // A transaction of its own: an error would end the one of the caller.
    await db.transaction(
      async (tx) => await tx.update(conversations).set({ thread: to }).where(eq(conversations.id, id)),
    );
    return true;
  } catch (error) {
    if (hasSqlState(error, UNIQUE_VIOLATION)) return false;
    throw error;
  }
}

/** The transcript stays in two conversations. The assistant stays silent in the one that goes on. */
async function joinThread(
  db: Queryable,
  { id, contactId }: Conversation,
  { to, ...account }: Omit<ThreadMove, "from">,
): Promise<void> {
  const found = await findConversations(db, { ...account, thread: to });
  const next = found.find((conversation) => conversation.contactId === contactId);
  if (next !== undefined) await moveSilence(db, { to: next.id, from: eq(conversations.id, id) });
}
