import type { Received } from "../../../../infra/cli/demo/receivers.ts";
import type { OfferedMessage } from "../load/loader.ts";
import type { InboxRow, Ledger, ModelCall, PartRow, TurnRow } from "./ledger.ts";

/** One send at a receiving end, and the place that its part has among all parts of its conversation. */
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
  hasMessages(turnId: string): boolean;
  /** Sends that belong to no part. */
  unmatchedSends: readonly Received[];
  /** In the order of arrival. */
  arrivalsByConversation: ReadonlyMap<string, readonly PartArrival[]>;
  callsByTurn: ReadonlyMap<string, readonly ModelCall[]>;
  firstCallByTurn: ReadonlyMap<string, ModelCall>;
  /** The words of the turn's own messages and of the `before` lines of earlier turns that stand before them. */
  markersUpTo(turnId: string, before: number): string[];
}

/** Clocks of one machine, in whole milliseconds on one side. */
const CLOCK_MS = 2;

const indexes = new WeakMap<Ledger, LedgerIndex>();

/** The ledger's joins, made once. */
export function indexLedger(ledger: Ledger): LedgerIndex {
  const known = indexes.get(ledger);
  if (known !== undefined) return known;
  const made = makeIndex(ledger);
  indexes.set(ledger, made);
  return made;
}

function makeIndex({ offered, inbox, turns, replyParts, sends, modelCalls }: Ledger): LedgerIndex {
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
    offered.map((item) => [
      `${item.channel}\n${item.from}`,
      conversations.get(`${item.channel}\n${item.providerMessageId}`),
    ]),
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
  const turnByMarker = new Map(inbox.map((row) => [marker(row), row.turnId ?? ""]));
  const callsByTurn = Map.groupBy(modelCalls, ({ markers }) => turnByMarker.get(markers.at(-1) ?? "") ?? "");
  callsByTurn.delete("");
  const rowsByConversation = Map.groupBy(inbox, ({ conversationId }) => conversationId);
  const firstSeq = (turnId: string) => Math.min(...(rowsByTurn.get(turnId) ?? []).map(({ seq }) => seq));
  return {
    acknowledged: offered.filter(({ acknowledgedAt, forged }) => acknowledgedAt !== null && !forged),
    rowsOf: (channel, id) => rows.get(`${channel}\n${id}`) ?? [],
    turnOf: (turnId) => turnById.get(turnId),
    partsOf: (turnId) => partsByTurn.get(turnId) ?? [],
    sendsOf: (part) => sendsByPart.get(part.id) ?? [],
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
      return [...earlier.slice(0, before), ...own].map(marker);
    },
  };
}

/**
 * A webhook bears the part's own id; elsewhere the vendor's id is what our row says, as far as its answer arrived. Where it did not, the
 * send is of the part that was begun last for that person: parts go out one at a time.
 */
function sendMatcher(
  parts: readonly PartRow[],
  partsTo: (send: Received) => readonly PartRow[] | undefined,
): (send: Received) => PartRow | undefined {
  const byId = new Map(parts.map((part) => [part.id, part]));
  const byProviderId = new Map(
    parts.flatMap((part) => (part.providerId === null ? [] : [[part.providerId, part]])),
  );
  const findLastBegun = (send: Received) =>
    partsTo(send)
      ?.filter(({ firstAttemptAt }) => firstAttemptAt !== null && firstAttemptAt <= send.at + CLOCK_MS)
      .toSorted((a, b) => (a.firstAttemptAt ?? 0) - (b.firstAttemptAt ?? 0))
      .at(-1);
  return (send) => byId.get(send.id) ?? byProviderId.get(send.id) ?? findLastBegun(send);
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
