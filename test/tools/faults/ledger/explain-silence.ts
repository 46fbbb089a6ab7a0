import { concerns, type DoneDeed, replyAddresses } from "../load/deed.ts";
import type { OfferedMessage } from "../load/loader.ts";
import type { InboxRow, Ledger } from "./ledger.ts";

/** What a contact or an agent must have done before a message may stay without an answer for this reason. */
const CAUSES: Readonly<Record<string, readonly DoneDeed["does"][]>> = {
  opted_out: ["stop"],
  taken_over: ["take_over"],
  conversation_paused: ["pause"],
  account_paused: ["pause_account"],
  window_closed: ["close_window"],
  // A message that was answered elsewhere has a turn there.
  sent_elsewhere: [],
  taken_back: ["delete"],
  // A message that is suppressed for a newer one must be answered with it.
  newer_message: [],
};

/** A sentence if nothing in the log of the loader explains why an acknowledged message has no answer; null otherwise. */
export function findUnexplainedSilence(row: InboxRow, ledger: Ledger): string | null {
  const { channel, providerMessageId, reason } = row;
  const causes = CAUSES[reason ?? ""];
  if (causes === undefined || hasCause(row, ledger, causes)) return null;
  return `${channel} ${providerMessageId} is suppressed (${reason}), and nothing in the log of the loader explains it`;
}

/** Whether an answer to this message is not owed: the contact or an agent asked for silence, or the contact took the message back. */
export function isSilenceExplained(row: InboxRow, ledger: Ledger): boolean {
  return hasCause(row, ledger, ["stop", "take_over", "delete", "pause", "pause_account", "close_window"]);
}

/** A later message with both addresses of a contact joins their opt-outs, also for a message that waits for its turn. */
function joinAddresses(message: OfferedMessage, offered: readonly OfferedMessage[]): string[] {
  const own = replyAddresses(message);
  const joined = offered
    .filter(({ channel }) => channel === message.channel)
    .map(replyAddresses)
    .filter((addresses) => addresses.some((address) => own.includes(address)));
  return [...own, ...joined.flat()];
}

function hasCause(row: InboxRow, { deeds, offered }: Ledger, causes: readonly DoneDeed["does"][]): boolean {
  const message = offered.find(
    ({ channel, providerMessageId }) =>
      channel === row.channel && providerMessageId === row.providerMessageId,
  );
  if (message === undefined) return false;
  if (message.mayStayUnanswered === true) return true;
  const addresses = joinAddresses(message, offered);
  return deeds.some(
    (deed) => causes.includes(deed.does) && concerns(deed, { channel: row.channel, addresses }),
  );
}
