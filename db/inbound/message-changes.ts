import { and, asc, eq, inArray } from "drizzle-orm";
import { openConversation } from "../conversations/open-conversation.ts";
import type { Database, Queryable } from "../connection/postgres.ts";
import { inbox, messageChanges } from "../schema/conversations.ts";
import { INBOX_MOVES } from "../transitions/inbox-moves.ts";
import { mayMove } from "../transitions/move.ts";
import { lockConversation } from "../turns/turns.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";

export interface NewChange {
  tenantId: string;
  channel: string;
  accountId: string;
  /** Dedupe key of the change itself. */
  changeId: string;
  from: string;
  aliases?: readonly string[];
  thread: string;
  targetMessageId: string;
  kind: "edit" | "delete";
  /** Empty for a delete. */
  text: string;
  providerTime: Date | null;
  receivedAt: Date;
}

/**
 * Keeps an edit or a deletion beside the transcript. A message that is taken back before anybody has begun to answer it is not
 * answered; one that is being answered or was answered stays so. Returns false for a redelivery.
 */
export async function storeMessageChange(db: Database, vault: Vault, change: NewChange): Promise<boolean> {
  const conversation = await openConversation(db, vault, { ...change, address: change.from });
  return await db.transaction(async (tx) => {
    // The conversation's row is always the first lock: a turn that begins now sees the message or the change, not half of each.
    await lockConversation(tx, conversation.conversationId);
    const { from: _from, aliases: _aliases, thread: _thread, text, ...row } = change;
    const body = vault.seal(conversation, changeLabel(change), text);
    const stored = await tx
      .insert(messageChanges)
      .values({ ...row, conversationId: conversation.conversationId, body })
      .onConflictDoNothing()
      .returning({ changeId: messageChanges.changeId });
    if (stored.length === 0) return false;
    if (change.kind === "delete") {
      await tx
        .update(inbox)
        .set({ state: INBOX_MOVES.takeBack.to, reason: "taken_back" })
        .where(
          and(
            eq(inbox.channel, change.channel),
            eq(inbox.accountId, change.accountId),
            eq(inbox.providerMessageId, change.targetMessageId),
            mayMove(inbox.state, INBOX_MOVES.takeBack),
          ),
        );
    }
    return true;
  });
}

/** What the given messages have become since they were stored: their last text, or null where they were taken back. */
export async function findChangedTexts(
  db: Queryable,
  vault: Vault,
  conversation: KeyOwner & { conversationId: string },
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  if (messageIds.length === 0) return new Map();
  const rows = await db
    .select()
    .from(messageChanges)
    .where(
      and(
        eq(messageChanges.conversationId, conversation.conversationId),
        inArray(messageChanges.targetMessageId, [...messageIds]),
      ),
    )
    .orderBy(asc(messageChanges.providerTime), asc(messageChanges.receivedAt));
  return new Map(
    rows.map((row) => [
      row.targetMessageId,
      row.kind === "delete" ? null : vault.open(conversation, changeLabel(row), row.body),
    ]),
  );
}

function changeLabel({
  channel,
  accountId,
  changeId,
}: Pick<NewChange, "channel" | "accountId" | "changeId">): string {
  return `change:${channel}/${accountId}:${changeId}`;
}
