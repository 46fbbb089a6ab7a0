import type { Queryable } from "../../../db/connection/postgres.ts";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import { openConversation } from "../../../db/conversations/open-conversation.ts";
import { setVisitorNetwork } from "../../../db/tenants/visitor-budgets.ts";
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
  { db, vault, tokens }: Pick<WebDependencies, "vault" | "tokens"> & { db: Queryable },
  { tenantId, accountId }: Pick<ChannelAccount, "tenantId" | "accountId">,
  visitor: string,
  /** For an anonymous visitor: the keyed hash of the network, which has a limit of the budget. */
  network?: string,
): Promise<SessionBody> {
  const contact = { tenantId, channel: WEB, accountId, address: visitor, thread: "" };
  const { conversationId } = await openConversation(db, vault, contact);
  if (network !== undefined) await setVisitorNetwork(db, conversationId, network);
  const expiresAt = new Date(Date.now() + SESSION_MS);
  const token = tokens.sign({ tenantId, accountId, conversationId, visitor, expiresAt });
  return { token, expires_at: expiresAt.toISOString(), conversation_id: conversationId };
}
