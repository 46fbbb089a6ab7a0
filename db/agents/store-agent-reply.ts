import { withPresentKey } from "../contacts/data-keys.ts";
import { findContact } from "../contacts/find-contact.ts";
import { findConversationOwner, openConversation } from "../conversations/open-conversation.ts";
import type { Queryable } from "../connection/postgres.ts";
import type { Vault } from "../connection/vault.ts";
import { storeVendorReply } from "../turns/agent-replies.ts";
import { hasProviderId, isOwnEcho } from "./own-echo.ts";
import { listConversationsOf } from "./shared-places.ts";

/** What an agent wrote without Parley, as an ingress stores it. */
export interface NewAgentReply {
  tenantId: string;
  channel: string;
  accountId: string;
  /** The address of the contact, in clear. Null: every contact of the thread. */
  to: string | null;
  aliases?: readonly string[];
  thread: string;
  /** False in a shared place: the agent may speak to contacts who never wrote to us. */
  mayOpen: boolean;
  providerMessageId: string;
  text: string;
  providerTime: Date | null;
  /** Set where it may be the echo of one of our sends. */
  mayBeOurs?: true;
}

export interface StoredAgentReply {
  /** `own`: the echo of one of our sends. `not_addressed`: the agent spoke to no contact of ours. */
  outcome: "stored" | "duplicate" | "own" | "not_addressed";
  /** The conversations that the agent has taken over. */
  conversationIds: string[];
}

/** Adds the text to the transcript of each contact that it is for, and takes these conversations over. */
export async function storeAgentReply(
  db: Queryable,
  vault: Vault,
  reply: NewAgentReply,
): Promise<StoredAgentReply> {
  if (reply.to === null) return await storeInPlace(db, vault, reply);
  return await withPresentKey(async () => await storeForContact(db, vault, { ...reply, to: reply.to ?? "" }));
}

async function storeInPlace(db: Queryable, vault: Vault, reply: NewAgentReply): Promise<StoredAgentReply> {
  const { tenantId } = reply;
  const conversationIds = (await listConversationsOf(db, reply)).map(({ conversationId }) => conversationId);
  if (conversationIds.length === 0) return { outcome: "not_addressed", conversationIds };
  const news: boolean[] = [];
  for (const conversationId of conversationIds)
    news.push(
      await withPresentKey(async () => {
        const owner = await findConversationOwner(db, tenantId, conversationId);
        return await storeVendorReply(db, vault, owner, reply);
      }),
    );
  return { outcome: news.includes(true) ? "stored" : "duplicate", conversationIds };
}

async function storeForContact(
  db: Queryable,
  vault: Vault,
  reply: NewAgentReply & { to: string },
): Promise<StoredAgentReply> {
  const { tenantId, channel, accountId, mayOpen, mayBeOurs } = reply;
  const address = { ...reply, address: reply.to };
  const known = await findContact(db, vault, address);
  const conversationId = known?.conversationId ?? null;
  if (conversationId === null && !mayOpen) return { outcome: "not_addressed", conversationIds: [] };
  if (mayBeOurs === true) {
    const isOwn =
      known === null || conversationId === null
        ? await hasProviderId(db, reply, reply.providerMessageId)
        : await isOwnEcho(db, vault, { ...known, channel, accountId, conversationId }, reply);
    if (isOwn) return { outcome: "own", conversationIds: [] };
  }
  const opened = await openConversation(db, vault, address);
  const isNew = await storeVendorReply(db, vault, { ...opened, tenantId }, reply);
  return { outcome: isNew ? "stored" : "duplicate", conversationIds: [opened.conversationId] };
}
