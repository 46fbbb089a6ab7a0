import { concerns, type Deed, type DoneDeed, replyAddresses } from "../load/deed.ts";
import type { OfferedMessage } from "../load/loader.ts";
import type { Ledger } from "./ledger.ts";

/** The deeds that silence the assistant, what ends each silence, and why a message is suppressed by it. A message opens the reply window again. */
const SILENCING = {
  stop: { endedBy: "start", reason: "opted_out" },
  take_over: { endedBy: "hand_back", reason: "taken_over" },
  pause: { endedBy: "resume", reason: "conversation_paused" },
  pause_account: { endedBy: "resume_account", reason: "account_paused" },
  close_window: { endedBy: "write", reason: "window_closed" },
} as const satisfies Partial<Record<Deed, { endedBy: Deed; reason: string }>>;

export type SilencingDeed = keyof typeof SILENCING;

/** The deed that must explain a message with this reason; undefined where it is no silence. */
export function findSilencingDeed(reason: string): SilencingDeed | undefined {
  return Object.keys(SILENCING)
    .filter(isSilencing)
    .find((does) => SILENCING[does].reason === reason);
}

/** A silence of the assistant. Times are in ms. */
export interface Silence {
  does: SilencingDeed;
  channel: string;
  addresses: readonly string[];
  /** The acknowledgement; null for a request without one, which may have had an effect. */
  from: number | null;
  /** When its end was asked for: a send after that is permitted. */
  until: number;
  /** When its end was in effect: a message after that is owed an answer. */
  endedAt: number;
}

interface End {
  does: Deed;
  channel: string;
  addresses: readonly string[];
  beganAt: number;
  endedAt: number;
}

export function listSilences(ledger: Ledger): Silence[] {
  const ends = listEnds(ledger);
  return ledger.deeds.flatMap(({ does, channel, addresses, beganAt, acknowledgedAt: from }) => {
    if (!isSilencing(does)) return [];
    const own = ends.filter(
      (end) =>
        end.does === SILENCING[does].endedBy &&
        end.beganAt >= (from ?? beganAt) &&
        concerns(end, { channel, addresses }),
    );
    const until = Math.min(...own.map((end) => end.beganAt));
    const endedAt = Math.min(...own.map((end) => end.endedAt));
    return [{ does, channel, addresses, from, until, endedAt }];
  });
}

function listEnds({ deeds, offered, inbox }: Ledger): End[] {
  const committed = new Map(
    inbox.map((row) => [`${row.channel}\n${row.providerMessageId}`, row.committedAt ?? Infinity]),
  );
  /** A START can be acknowledged from the disk of an ingress, long before it is stored. */
  const storedAt = ({ does, channel, providerMessageId }: DoneDeed) =>
    does === "start" ? (committed.get(`${channel}\n${providerMessageId}`) ?? Infinity) : -Infinity;
  const done = deeds.map((deed) => ({
    ...deed,
    endedAt: Math.max(deed.acknowledgedAt ?? Infinity, storedAt(deed)),
  }));
  return [...done, ...offered.map(toWrite)];
}

/** A message opens the window also for itself. */
function toWrite(message: OfferedMessage): End {
  const beganAt = message.attempts[0]?.at ?? Infinity;
  const { channel } = message;
  return { does: "write", channel, addresses: replyAddresses(message), beganAt, endedAt: beganAt };
}

function isSilencing(does: string): does is SilencingDeed {
  return does in SILENCING;
}
