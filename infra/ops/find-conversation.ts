import type { Command } from "commander";
import { type ConversationRow, findConversationRow } from "../../db/conversation-list.ts";
import { uuidArgument } from "./argument.ts";
import { known, tenantCommand, type TenantWork } from "./tenant-command.ts";

/** A command about one conversation. */
export function conversationCommand(
  parent: Command,
  name: string,
  description: string,
  examples: readonly string[],
): Command {
  return tenantCommand(parent, name, description, examples).argument(
    "<id>",
    "the conversation's",
    uuidArgument,
  );
}

export async function findConversation(
  { db, tenantId }: Pick<TenantWork, "db" | "tenantId">,
  conversationId: string,
): Promise<ConversationRow> {
  const why = "The tenant has no such conversation: `parley conversations list` shows those it has.";
  return known(await findConversationRow(db, { tenantId, conversationId }), why);
}
