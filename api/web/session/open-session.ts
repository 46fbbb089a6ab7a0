import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import { openConversation } from "../../../db/conversations/open-conversation.ts";
import { WEB } from "../../../db/web/stream.ts";
import type { WebDependencies } from "../web-dependencies.ts";

/** Long enough that pages seldom renew it, short enough that a leaked token soon becomes useless. */
export const SESSION_MS = 15 * 60_000;

export interface SessionBody {
  token: string;
  expires_at: string;
  conversation_id: string;
}

/** A token for the visitor's conversation. Creates the conversation at the first visit. */
export async function openSession(
  { db, vault, tokens }: Pick<WebDependencies, "db" | "vault" | "tokens">,
  { tenantId, accountId }: Pick<ChannelAccount, "tenantId" | "accountId">,
  visitor: string,
): Promise<SessionBody> {
  const contact = { tenantId, channel: WEB, accountId, address: visitor, thread: "" };
  const { conversationId } = await openConversation(db, vault, contact);
  const expiresAt = new Date(Date.now() + SESSION_MS);
  const token = tokens.sign({ tenantId, accountId, conversationId, visitor, expiresAt });
  return { token, expires_at: expiresAt.toISOString(), conversation_id: conversationId };
}
