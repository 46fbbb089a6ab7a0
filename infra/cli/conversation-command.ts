import type { Command } from "commander";
import { type ConversationRow, findConversationRow } from "../../db/conversations/list-conversations.ts";
import { parseUuid } from "./options/argument-parsers.ts";
import { requireFound, createTenantCommand, type TenantContext } from "./tenant-command.ts";

/** A command about one conversation. */
export function createConversationCommand(
  parent: Command,
  name: string,
  description: string,
  examples: readonly string[],
): Command {
  return createTenantCommand(parent, name, description, examples).argument(
    "<id>",
    "the conversation's",
    parseUuid,
  );
}

export async function requireConversation(
  { db, tenantId }: Pick<TenantContext, "db" | "tenantId">,
  conversationId: string,
): Promise<ConversationRow> {
  const why = "The tenant has no such conversation: `parley conversations list` shows those it has.";
  return requireFound(await findConversationRow(db, { tenantId, conversationId }), why);
}
