import type { Received } from "../../../../infra/cli/demo/receivers.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { replyAddresses } from "../load/deed.ts";
import type { InboxRow, Ledger, ModelCall, PartRow, Period, TurnRow } from "./ledger.ts";

/** One send at a receiver, with the rank of its part among all parts of the conversation. */
export interface PartArrival {
  partId: string;
  rank: number;
}

export interface LedgerIndex {
  acknowledged: readonly OfferedMessage[];
  rowsOf(channel: string, providerMessageId: string): readonly InboxRow[];
  turnOf(turnId: string): TurnRow | undefined;
  partsOf(turnId: string): readonly PartRow[];
  sendsOf(part: PartRow): readonly Received[];
  partOf(send: Received): PartRow | undefined;
  ambiguousTimes: readonly Period[] | undefined;
  hasMessages(turnId: string): boolean;
  /** Sends that belong to no part. */
  unmatchedSends: readonly Received[];
  /** In the order of arrival. */
  arrivalsByConversation: ReadonlyMap<string, readonly PartArrival[]>;
  callsByTurn: ReadonlyMap<string, readonly ModelCall[]>;
  firstCallByTurn: ReadonlyMap<string, ModelCall>;
  /** The markers of the messages of the turn and of the last `before` lines of earlier turns. */
  markersUpTo(turnId: string, before: number): string[];
}

/** Both times come from the clock of one machine, and one of them is in whole milliseconds. */
const CLOCK_MS = 2;

const indexes = new WeakMap<Ledger, LedgerIndex>();

/** Builds the joins of a ledger once. */
export function indexLedger(ledger: Ledger): LedgerIndex {
  const cached = indexes.get(ledger);
  if (cached !== undefined) return cached;
  const index = buildIndex(ledger);
  indexes.set(ledger, index);
  return index;
}

function buildIndex(ledger: Ledger): LedgerIndex {
  const { offered, inbox, turns, replyParts, sends, modelCalls } = ledger;
  const rows = Map.groupBy(inbox, (row) => `${row.channel}\n${row.providerMessageId}`);
  const turnById = new Map(turns.map((turn) => [turn.id, turn]));
  const partsByTurn = Map.groupBy(replyParts, ({ turnId }) => turnId);
  const rowsByTurn = Map.groupBy(
    inbox.filter(({ turnId }) => turnId !== null),
    ({ turnId }) => turnId ?? "",
  );
  const conversations = new Map(
    inbox.map((row) => [`${row.channel}\n${row.providerMessageId}`, row.conversationId]),
  );
  const conversationOf = new Map(
    offered.flatMap((item) =>
      replyAddresses(item).map(
        (address) =>
          [
            `${item.channel}\n${address}`,
            conversations.get(`${item.channel}\n${item.providerMessageId}`),
          ] as const,
      ),
    ),
  );
  const partsByConversation = Map.groupBy(
    replyParts,
    ({ turnId }) => turnById.get(turnId)?.conversationId ?? "",
  );
  const partOfSend = sendMatcher(replyParts, ({ channel, to }) =>
    partsByConversation.get(conversationOf.get(`${channel}\n${to}`) ?? ""),
  );
  const sendsByPart = Map.groupBy(sends, (send) => partOfSend(send)?.id ?? "");
  const markerOf = new Map(
    offered.map((item) => [`${item.channel}\n${item.providerMessageId}`, item.marker]),
  );
  const marker = (row: InboxRow) => markerOf.get(`${row.channel}\n${row.providerMessageId}`) ?? "";
  const takenBack = new Set(
    ledger.deeds.flatMap(({ does, providerMessageId }) =>
      does === "delete" ? (providerMessageId ?? []) : [],
    ),
  );
  const turnsByConversation = Map.groupBy(turns, ({ conversationId }) => conversationId);
  const conversationByMarker = new Map(inbox.map((row) => [marker(row), row.conversationId]));
  // A keyword such as STOP has no marker.
  conversationByMarker.delete("");
  /** The last turn before the call: a turn that was superseded has calls too, although its messages belong to the next one. */
  const turnOfCall = ({ at, markers }: ModelCall) =>
    turnsByConversation
      .get(conversationByMarker.get(markers.at(-1) ?? "") ?? "")
      ?.filter(({ openedAt }) => openedAt <= at + CLOCK_MS)
      .toSorted((one, other) => one.openedAt - other.openedAt)
      .at(-1)?.id ?? "";
  const callsByTurn = Map.groupBy(modelCalls, turnOfCall);
  callsByTurn.delete("");
  const rowsByConversation = Map.groupBy(inbox, ({ conversationId }) => conversationId);
  const firstSeq = (turnId: string) => Math.min(...(rowsByTurn.get(turnId) ?? []).map(({ seq }) => seq));
  return {
    acknowledged: offered.filter(({ acknowledgedAt, forged }) => acknowledgedAt !== null && !forged),
    rowsOf: (channel, id) => rows.get(`${channel}\n${id}`) ?? [],
    turnOf: (turnId) => turnById.get(turnId),
    partsOf: (turnId) => partsByTurn.get(turnId) ?? [],
    sendsOf: (part) => sendsByPart.get(part.id) ?? [],
    partOf: partOfSend,
    ambiguousTimes: ledger.ambiguousTimes,
    hasMessages: (turnId) => rowsByTurn.has(turnId),
    unmatchedSends: sendsByPart.get("") ?? [],
    arrivalsByConversation: arrivals({ sends, partOfSend, turnById, firstSeq }),
    callsByTurn,
    firstCallByTurn: new Map(
      [...callsByTurn].flatMap(([turnId, calls]) => calls.slice(0, 1).map((call) => [turnId, call] as const)),
    ),
    markersUpTo(turnId, before) {
      const own = rowsByTurn.get(turnId) ?? [];
      const first = firstSeq(turnId);
      const conversation = rowsByConversation.get(own[0]?.conversationId ?? "") ?? [];
      const earlier = conversation.filter(({ seq }) => seq < first).toSorted((a, b) => b.seq - a.seq);
      return [...earlier.slice(0, before), ...own]
        .filter(({ providerMessageId }) => !takenBack.has(providerMessageId))
        .map(marker)
        .filter((each) => each !== "");
    },
  };
}

/**
 * A webhook carries the id of the part. On other channels the row of the part has the id of the vendor, unless the response was lost. In
 * that case the send belongs to the part that was started last for the contact, because parts are sent one at a time.
 */
function sendMatcher(
  parts: readonly PartRow[],
  partsTo: (send: Received) => readonly PartRow[] | undefined,
): (send: Received) => PartRow | undefined {
  const byId = new Map(parts.map((part) => [part.id, part]));
  const byProviderId = new Map(
    parts.flatMap((part) => (part.providerId === null ? [] : [[part.providerId, part]])),
  );
  const findLastStarted = (send: Received) =>
    partsTo(send)
      ?.filter(({ firstAttemptAt }) => firstAttemptAt !== null && firstAttemptAt <= send.at + CLOCK_MS)
      .toSorted((a, b) => (a.firstAttemptAt ?? 0) - (b.firstAttemptAt ?? 0))
      .at(-1);
  return (send) => byId.get(send.id) ?? byProviderId.get(send.id) ?? findLastStarted(send);
}

function arrivals({
  sends,
  partOfSend,
  turnById,
  firstSeq,
}: {
  sends: readonly Received[];
  partOfSend(send: Received): PartRow | undefined;
  turnById: ReadonlyMap<string, TurnRow>;
  firstSeq(turnId: string): number;
}): Map<string, PartArrival[]> {
  const found = new Map<string, PartArrival[]>();
  for (const send of sends.toSorted((a, b) => a.at - b.at)) {
    const part = partOfSend(send);
    const conversation = turnById.get(part?.turnId ?? "")?.conversationId;
    if (part === undefined || conversation === undefined) continue;
    // A turn has far fewer than a thousand parts.
    const rank = firstSeq(part.turnId) * 1_000 + part.part;
    found.set(conversation, [...(found.get(conversation) ?? []), { partId: part.id, rank }]);
  }
  return found;
}
