import { findAccount, isReadable, type StoredAccount } from "../../db/tenants/accounts.ts";
import type { Database, Queryable } from "../../db/connection/postgres.ts";
import { findTurnMessages, type TurnScope } from "../../db/conversations/transcript.ts";
import { findContext } from "../../db/turns/turn-texts.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { OutboundChannel, ReplyPart } from "../channels/channel.ts";
import type { OutboundChannels } from "../channels/registry.ts";
import { NotConfigured } from "../retry/classify-poison.ts";
import type { Deadline } from "../retry/deadline.ts";
import type { TurnContext } from "../answer/retrieval/turn-context.ts";

/** Everything that the parts of one reply share. */
export interface SendContext {
  scope: TurnScope;
  channel: OutboundChannel;
  account: StoredAccount;
  /** The time limit of this attempt at the whole reply. */
  deadline: Deadline;
  envelope: Omit<ReplyPart, "deliveryId" | "part" | "text" | "firstAttemptAt" | "template">;
}

export interface SendContextDependencies {
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
}

export function createLoadSendContext({ vault, channels }: Omit<SendContextDependencies, "db">) {
  return async function loadSendContext(
    db: Queryable,
    scope: TurnScope,
    { parts, deadline }: { parts: number; deadline: Deadline },
  ): Promise<SendContext> {
    const channel = channels[scope.channel];
    const account = await findAccount(db, vault, scope);
    if (channel === undefined || account === null)
      throw new NotConfigured(`${scope.channel}/${scope.accountId} is not configured.`);
    if (!isReadable(account))
      throw new NotConfigured(`The secrets of ${scope.channel}/${scope.accountId}: ${account.reason}`);
    const inbound = await findTurnMessages(db, vault, scope);
    const stored = await findContext(db, vault, scope);
    const context = stored === null ? null : (JSON.parse(stored.context) as TurnContext);
    const envelope = {
      to: vault.open(scope, `address:${scope.contactId}`, scope.address),
      thread: scope.thread,
      author: scope.plan === "agent" ? "agent" : "assistant",
      inReplyTo: inbound.map((message) => message.providerMessageId),
      sources: [...new Set((context?.passages ?? []).map((passage) => passage.title))],
      conversationId: scope.conversationId,
      parts,
    } as const;
    return { scope, channel, account, deadline, envelope };
  };
}
