import type { Received } from "../../../../infra/cli/demo/receivers.ts";
import type { Verdict } from "../campaign.ts";
import { concerns, replyAddresses } from "../load/deed.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { CLOCK_MS, indexLedger, type LedgerIndex } from "./index-ledger.ts";
import { judge, merge } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { listSilences, type Silence } from "./silences.ts";

/**
 * Nothing of the assistant is sent after an acknowledged STOP, takeover or pause, counted from the acknowledgement, or in a closed window. The
 * confirmation of the opt-out is sent, and so are texts of agents. A request whose bytes had left before the acknowledgement cannot be called
 * back.
 */
export function silentAfterAck(ledger: Ledger): Verdict {
  const index = indexLedger(ledger);
  const leftAt = createLeftAt(ledger);
  const late = judge(listAcknowledged(ledger), (silence) => {
    const wrong = ledger.sends.find(
      (send) => isInside(send, leftAt(send), silence) && isOfAssistant(send, index),
    );
    if (wrong === undefined) return null;
    const lateMs = Math.round(leftAt(wrong) - silence.from);
    return `${wrong.channel} ${wrong.id} to ${wrong.to} was sent ${lateMs} ms after an acknowledged ${silence.does}`;
  });
  return merge([late, takenBackInTime(ledger, index)]);
}

/** A message whose deletion was acknowledged before its turn is not answered. A later deletion has no effect on the turn. */
function takenBackInTime({ deeds }: Ledger, index: LedgerIndex): Verdict {
  const deletions = deeds.filter(({ does, acknowledgedAt }) => does === "delete" && acknowledgedAt !== null);
  return judge(deletions, ({ channel, providerMessageId, acknowledgedAt }) => {
    const [row] = index.rowsOf(channel, providerMessageId ?? "");
    const openedAt = index.turnOf(row?.turnId ?? "")?.openedAt ?? 0;
    const early = openedAt - (acknowledgedAt ?? 0);
    return row?.state === "answered" && early > CLOCK_MS
      ? `${providerMessageId} was answered, although it was taken back ${Math.round(early)} ms before its turn`
      : null;
  });
}

/** A silence that was acknowledged at this time. */
type Acknowledged = Silence & { from: number };

function listAcknowledged(ledger: Ledger): Acknowledged[] {
  return listSilences(ledger).flatMap(({ from, ...rest }) => {
    if (from === null) return [];
    const silence = { ...rest, from };
    return [silence, ...carryOver(silence, ledger.offered)];
  });
}

/** A message with several addresses of a contact shows that a silence of one of them is a silence of all. */
function carryOver(silence: Acknowledged, offered: readonly OfferedMessage[]): Acknowledged[] {
  return offered.flatMap((message) => {
    const { channel, acknowledgedAt } = message;
    const addresses = replyAddresses(message);
    const isSame = channel === silence.channel && addresses.some((each) => silence.addresses.includes(each));
    if (!isSame || addresses.length === 1 || acknowledgedAt === null) return [];
    return [{ ...silence, addresses, from: Math.max(silence.from, acknowledgedAt) }];
  });
}

function isInside({ channel, to }: Received, at: number, silence: Acknowledged): boolean {
  const { from, until } = silence;
  return at > from + CLOCK_MS && at < until && concerns(silence, { channel, addresses: [to] });
}

/**
 * When the bytes of a send left: the last request on its connection before it arrived, because a connection carries one request at a
 * time. A send over a proxy has no such record, and then its arrival counts.
 */
function createLeftAt({ departures }: Ledger): (send: Received) => number {
  const byPort = Map.groupBy(departures, ({ port }) => port);
  return ({ at, peerPort }) => {
    const before = (byPort.get(peerPort ?? 0) ?? []).filter((departure) => departure.at <= at + CLOCK_MS);
    return before.length === 0 ? at : Math.max(...before.map((departure) => departure.at));
  };
}

function isOfAssistant(send: Received, index: LedgerIndex): boolean {
  const turn = index.turnOf(index.partOf(send)?.turnId ?? "");
  return turn?.plan !== "agent" && turn?.notice !== "opted_out";
}
