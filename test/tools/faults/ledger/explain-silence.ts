import { concerns, replyAddresses } from "../load/deed.ts";
import type { OfferedMessage } from "../load/loader.ts";
import type { InboxRow, Ledger } from "./ledger.ts";
import { findSilencingDeed, listSilences, type SilencingDeed } from "./silences.ts";

/** A message that was answered elsewhere has a turn there, and one that is suppressed for a newer one must be answered with it. */
const NEVER_ALONE: ReadonlySet<string> = new Set(["sent_elsewhere", "newer_message"]);

/** A sentence if nothing in the log of the loader explains why an acknowledged message has no answer; null otherwise. */
export function findUnexplainedSilence(row: InboxRow, ledger: Ledger): string | null {
  const { channel, providerMessageId, reason } = row;
  const does = findSilencingDeed(reason ?? "");
  if (does === undefined && reason !== "taken_back" && !NEVER_ALONE.has(reason ?? "")) return null;
  const message = findMessage(row, ledger);
  const isExplained =
    message?.mayStayUnanswered === true ||
    (reason === "taken_back" && isTakenBack(row, ledger)) ||
    (does !== undefined && message !== undefined && isSilenced(message, ledger, does));
  if (isExplained) return null;
  return `${channel} ${providerMessageId} is suppressed (${reason}), and nothing in the log of the loader explains it`;
}

/** Whether an answer to this message is not owed: the contact or an agent asked for silence, or the contact took the message back. */
export function isSilenceExplained(row: InboxRow, ledger: Ledger): boolean {
  const message = findMessage(row, ledger);
  if (message === undefined) return false;
  return message.mayStayUnanswered === true || isTakenBack(row, ledger) || isSilenced(message, ledger);
}

function findMessage({ channel, providerMessageId }: InboxRow, { offered }: Ledger) {
  return offered.find((each) => each.channel === channel && each.providerMessageId === providerMessageId);
}

function isTakenBack({ channel, providerMessageId }: InboxRow, { deeds }: Ledger): boolean {
  return deeds.some(
    (deed) =>
      deed.does === "delete" && deed.channel === channel && deed.providerMessageId === providerMessageId,
  );
}

/** Whether a silence had not ended when the message was sent. It may have begun later: the message may have waited for its turn. */
function isSilenced(message: OfferedMessage, ledger: Ledger, does?: SilencingDeed): boolean {
  const { channel } = message;
  const addresses = joinAddresses(message, ledger.offered);
  const sentAt = message.attempts[0]?.at ?? Infinity;
  return listSilences(ledger).some(
    (silence) =>
      (does === undefined || silence.does === does) &&
      concerns(silence, { channel, addresses }) &&
      sentAt < silence.endedAt,
  );
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
