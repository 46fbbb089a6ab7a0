import type { DoneDeed } from "../load/deed.ts";
import { replyAddresses } from "../load/deed.ts";
import type { InboxRow, Ledger } from "./ledger.ts";

/** What a contact or an agent must have done before a message may stay without an answer for this reason. */
const CAUSES: Readonly<Record<string, readonly DoneDeed["does"][]>> = {
  opted_out: ["stop"],
  taken_over: ["take_over"],
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
  return hasCause(row, ledger, ["stop", "take_over", "delete"]);
}

function hasCause(row: InboxRow, { deeds, offered }: Ledger, causes: readonly DoneDeed["does"][]): boolean {
  const message = offered.find(
    ({ channel, providerMessageId }) =>
      channel === row.channel && providerMessageId === row.providerMessageId,
  );
  if (message === undefined) return false;
  if (message.mayStayUnanswered === true) return true;
  const addresses = replyAddresses(message);
  return deeds.some(
    ({ does, channel, addresses: theirs }) =>
      causes.includes(does) &&
      channel === row.channel &&
      addresses.some((address) => theirs.includes(address)),
  );
}
