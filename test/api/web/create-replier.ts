import { randomUUID } from "node:crypto";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import type { ReplyText } from "../../../db/delivery/reply-text.ts";
import { appendReply } from "../../../db/web/stream.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import type { Installation } from "../../support/open-installation.ts";

/** Writes replies into a conversation like the web channel, without a worker. Each call returns the delivery's id. */
export async function createReplier(
  { db, config }: Installation,
  conversationId: string,
  author: "assistant" | "agent" = "assistant",
) {
  const vault = createConfiguredVault(config);
  const owner = await findConversationOwner(db, config.PARLEY_TENANT, conversationId);
  return async (reply: string | ReplyText, deliveryId: string = randomUUID()): Promise<string> => {
    const shown = typeof reply === "string" ? { text: reply } : reply;
    await appendReply(db, vault, owner, { author, part: 1, parts: 1, sources: [], deliveryId, ...shown });
    return deliveryId;
  };
}
