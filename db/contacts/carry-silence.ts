import { and, eq, inArray, isNotNull, or, type SQL } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { pauseConversation, resumeConversation } from "../conversations/pause.ts";
import { handBackConversation, takeOverConversation } from "../conversations/takeover.ts";
import { conversations } from "../schema/conversations.ts";
import { PAUSE_MOVE_OF } from "../transitions/conversation-moves.ts";

/** Where one human being has several contacts, because their addresses were not known to belong together. */
export interface MergedContacts {
  tenantId: string;
  channel: string;
  accountId: string;
  thread: string;
  /** The conversation that goes on: the one of the oldest contact. */
  conversationId: string;
  otherContactIds: readonly string[];
}

/**
 * Moves a takeover or a pause from the conversations without new messages to the one that goes on. Otherwise the assistant
 * would answer a human being whom an agent has taken over. The wait for an agent does not begin again. A second call changes nothing.
 */
export async function carrySilence(db: Queryable, merged: MergedContacts): Promise<void> {
  const from = and(
    eq(conversations.tenantId, merged.tenantId),
    eq(conversations.channel, merged.channel),
    eq(conversations.accountId, merged.accountId),
    eq(conversations.thread, merged.thread),
    inArray(conversations.contactId, [...merged.otherContactIds]),
  );
  await moveSilence(db, { to: merged.conversationId, from });
}

/** The same for the conversations that `from` selects. */
export async function moveSilence(
  db: Queryable,
  { to, from }: { to: string; from: SQL | undefined },
): Promise<void> {
  const silenced = await db
    .select({
      id: conversations.id,
      takenOverBy: conversations.takenOverBy,
      pauseReason: conversations.pauseReason,
      since: conversations.pausedAt,
      handoffTimeoutS: conversations.handoffTimeoutS,
    })
    .from(conversations)
    .where(and(from, or(isNotNull(conversations.takenOverBy), isNotNull(conversations.pauseReason))));
  for (const { id, takenOverBy, pauseReason, ...pause } of silenced) {
    // In the order of the locks elsewhere: the conversation that goes on is silent before the other one is free.
    if (takenOverBy !== null) {
      await takeOverConversation(db, to, takenOverBy);
      await handBackConversation(db, id, takenOverBy);
    }
    if (isPauseReason(pauseReason)) {
      await pauseConversation(db, to, pauseReason, pause);
      await resumeConversation(db, id);
    }
  }
}

function isPauseReason(reason: string | null): reason is keyof typeof PAUSE_MOVE_OF {
  return reason !== null && reason in PAUSE_MOVE_OF;
}
