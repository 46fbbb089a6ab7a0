import { isReadable, type StoredAccount } from "../../db/tenants/accounts.ts";
import type { Database } from "../../db/connection/postgres.ts";
import type { TurnScope } from "../../db/conversations/transcript.ts";
import type { ReplyToSend } from "../../db/delivery/reply-to-send.ts";
import type { FinishedTurn } from "../../db/turns/finish-turn.ts";
import { openContext } from "../../db/turns/turn-texts.ts";
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
  /** Given for the last part of a reply whose other parts were accepted: its acceptance ends the turn in the same commit. */
  onTurnFinished?: (finished: FinishedTurn) => void;
  envelope: Omit<ReplyPart, "deliveryId" | "part" | "text" | "marks" | "firstAttemptAt" | "template">;
}

export interface SendContextDependencies {
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
}

export function createOpenSendContext({ vault, channels }: Omit<SendContextDependencies, "db">) {
  return function openSendContext(
    { scope, account, inReplyTo, sealedContext }: ReplyToSend,
    { parts, deadline }: { parts: number; deadline: Deadline },
  ): SendContext {
    const channel = channels[scope.channel];
    if (channel === undefined || account === null)
      throw new NotConfigured(`${scope.channel}/${scope.accountId} is not configured.`);
    if (!isReadable(account))
      throw new NotConfigured(`The secrets of ${scope.channel}/${scope.accountId}: ${account.reason}`);
    const context =
      sealedContext === null ? null : (JSON.parse(openContext(vault, scope, sealedContext)) as TurnContext);
    const envelope = {
      to: vault.open(scope, `address:${scope.contactId}`, scope.address),
      thread: scope.thread,
      author: scope.plan === "agent" ? "agent" : "assistant",
      inReplyTo,
      sources: [...new Set((context?.passages ?? []).map((passage) => passage.title))],
      conversationId: scope.conversationId,
      parts,
    } as const;
    return { scope, channel, account, deadline, envelope };
  };
}
