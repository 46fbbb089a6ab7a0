import { isOptedOut } from "../../db/contacts/consents.ts";
import { findAccount, isReadable } from "../../db/tenants/accounts.ts";
import { findSilenceReason } from "../../db/conversations/silence.ts";
import type { Database } from "../../db/connection/postgres.ts";
import { findTurnMessages, type TurnScope } from "../../db/conversations/transcript.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { OutboundChannels } from "../channels/registry.ts";

export interface ShowTypingDependencies {
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
}

/** Most answers are ready by then and need no typing indicator. */
const SLOW_AFTER_MS = 1_500;
/** Telegram shows the indicator for 5 s, the others for longer. */
const REPEAT_AFTER_MS = 4_500;

/**
 * Shows a typing indicator to the contact during a slow model call, if the channel has one. Returns the function that ends it. A
 * failure here never affects the answer.
 */
export function createShowTyping({ db, vault, channels }: ShowTypingDependencies) {
  return function showTyping(scope: TurnScope): () => void {
    const channel = channels[scope.channel];
    if (channel?.indicateTyping === undefined) return () => undefined;
    const ended = new AbortController();
    let timer = setTimeout(() => void repeatTyping(), SLOW_AFTER_MS);

    async function repeatTyping(): Promise<void> {
      // Not logged: the send of the answer meets and reports the same error.
      await showOnce().catch(() => undefined);
      if (!ended.signal.aborted) timer = setTimeout(() => void repeatTyping(), REPEAT_AFTER_MS);
    }

    async function showOnce(): Promise<void> {
      // Silence and opt-out also apply to the indicator.
      if ((await findSilenceReason(db, scope.conversationId)) !== null || (await isOptedOut(db, scope)))
        return;
      const account = await findAccount(db, vault, scope);
      if (account === null || account.disabled || !isReadable(account)) return;
      const inReplyTo = (await findTurnMessages(db, vault, scope)).map(
        (message) => message.providerMessageId,
      );
      const to = vault.open(scope, `address:${scope.contactId}`, scope.address);
      await channel?.indicateTyping?.({ to, thread: scope.thread, inReplyTo }, account, ended.signal);
    }

    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  };
}

export type ShowTyping = ReturnType<typeof createShowTyping>;
