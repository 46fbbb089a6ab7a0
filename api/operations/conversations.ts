import {
  type ConversationFilter,
  type ConversationRow,
  findConversationRow,
  type ListedConversation,
  listConversations as selectConversations,
} from "../../db/conversations/list-conversations.ts";
import { type ConversationLine, listLines as selectLines } from "../../db/conversations/list-lines.ts";
import { findConversationOwner } from "../../db/conversations/open-conversation.ts";
import type { Cursor, Page, PageRequest } from "../../db/connection/page.ts";
import type { Using } from "./operation-context.ts";
import { requireFound } from "./operation-error.ts";

export interface ConversationKey {
  tenantId: string;
  conversationId: string;
}

/** Newest first. */
export async function listConversations(
  { db, vault }: Using<"db" | "vault">,
  { filter, page }: { filter: ConversationFilter; page: PageRequest },
): Promise<Page<ListedConversation>> {
  return await selectConversations(db, vault, filter, page);
}

export async function getConversation(
  { db }: Using<"db">,
  { tenantId, conversationId }: ConversationKey,
): Promise<ConversationRow> {
  return requireFound("conversation", await findConversationRow(db, { tenantId, conversationId }));
}

/** The transcript, oldest line first. */
export async function listLines(
  context: Using<"db" | "vault">,
  { page, ...key }: ConversationKey & { page: PageRequest },
): Promise<Page<ConversationLine>> {
  await getConversation(context, key);
  const owner = await findConversationOwner(context.db, key.tenantId, key.conversationId);
  return await selectLines(context.db, context.vault, owner, page);
}

const LINES_PER_QUERY = 200;

/** The last lines, oldest first. The order follows the provider's evidence, so the end is only known after reading from the beginning. */
export async function listLastLines(
  context: Using<"db" | "vault">,
  { last, ...key }: ConversationKey & { last: number },
): Promise<{ lines: ConversationLine[]; earlier: number }> {
  let lines: ConversationLine[] = [];
  let earlier = 0;
  let cursor: Cursor | null = null;
  do {
    const page: Page<ConversationLine> = await listLines(context, {
      ...key,
      page: { limit: LINES_PER_QUERY, keysetBefore: cursor },
    });
    const read = [...lines, ...page.rows];
    lines = read.slice(Math.max(read.length - last, 0));
    earlier += read.length - lines.length;
    cursor = page.next;
  } while (cursor !== null);
  return { lines, earlier };
}
