import type { Received } from "../../../../infra/cli/demo/receivers.ts";
import type { OfferedMessage } from "../load/loader.ts";
import { replyAddresses } from "../load/deed.ts";
import type { InboxRow, Ledger, ModelCall, PartRow, TurnRow } from "./ledger.ts";

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
  /** The turn that sends the text of this turn in another conversation. */
  rerouteOf(turnId: string): TurnRow | undefined;
  hasMessages(turnId: string): boolean;
  /** Sends that belong to no part. */
  unmatchedSends: readonly Received[];
  /** In the order of arrival. */
  arrivalsByConversation: ReadonlyMap<string, readonly PartArrival[]>;
  callsByTurn: ReadonlyMap<string, readonly ModelCall[]>;
  /** The markers of the messages of the turn and of the last `before` lines of earlier turns. */
  markersUpTo(turnId: string, before: number): string[];
}

/** Both times come from the clock of one machine, and one of them is in whole milliseconds. */
export const CLOCK_MS = 2;

/** A prompt may omit a line of this length, and everything before it. */
const LONG_LINE = 5_000;

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
  const reroutes = new Map(turns.map((turn) => [turn.reroutedFrom ?? "", turn]));
  const partsByTurn = Map.groupBy(replyParts, ({ turnId }) => turnId);
  const rowsByTurn = Map.groupBy(
    inbox.filter(({ turnId }) => turnId !== null),
    ({ turnId }) => turnId ?? "",
  );
  const conversations = new Map(
    inbox.map((row) => [`${row.channel}\n${row.providerMessageId}`, row.conversationId]),
  );
  const conversationOf = mapAddresses(ledger, conversations);
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
  const takenBack = findTakenBack(ledger);
  const longMarkers = findLongMarkers(ledger);
  // A turn that sends a text from elsewhere makes no call.
  const turnsByConversation = Map.groupBy(
    turns.filter(({ reroutedFrom }) => reroutedFrom === null),
    ({ conversationId }) => conversationId,
  );
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
    rerouteOf: (turnId) => reroutes.get(turnId),
    hasMessages: (turnId) => rowsByTurn.has(turnId),
    unmatchedSends: sendsByPart.get("") ?? [],
    arrivalsByConversation: arrivals({ sends, partOfSend, turnById, firstSeq }),
    callsByTurn,
    markersUpTo(turnId, before) {
      const own = rowsByTurn.get(turnId) ?? [];
      const first = firstSeq(turnId);
      const conversation = rowsByConversation.get(own[0]?.conversationId ?? "") ?? [];
      const earlier = conversation.filter(({ seq }) => seq < first).toSorted((a, b) => b.seq - a.seq);
      const longest = earlier.findIndex((row) => longMarkers.has(marker(row)));
      return [...earlier.slice(0, longest === -1 ? before : Math.min(before, longest)), ...own]
        .filter(({ providerMessageId }) => !takenBack.has(providerMessageId))
        .map(marker)
        .filter((each) => each !== "");
    },
  };
}

/** The conversation of each address at which a contact may get a reply. */
function mapAddresses(
  { offered }: Ledger,
  conversations: ReadonlyMap<string, string>,
): ReadonlyMap<string, string | undefined> {
  return new Map(
    offered.flatMap((item) => {
      const conversation = conversations.get(`${item.channel}\n${item.providerMessageId}`);
      return replyAddresses(item).map((address) => [`${item.channel}\n${address}`, conversation] as const);
    }),
  );
}

function findLongMarkers({ offered }: Ledger): ReadonlySet<string> {
  return new Set(offered.filter(({ text }) => text.length > LONG_LINE).map(({ marker }) => marker));
}

function findTakenBack({ deeds }: Ledger): ReadonlySet<string> {
  const deletions = deeds.filter(({ does }) => does === "delete");
  return new Set(deletions.flatMap(({ providerMessageId }) => providerMessageId ?? []));
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
    // A turn has far fewer than a thousand parts. One without messages has no place in the order.
    const rank = firstSeq(part.turnId) * 1_000 + part.part;
    if (!Number.isFinite(rank)) continue;
    found.set(conversation, [...(found.get(conversation) ?? []), { partId: part.id, rank }]);
  }
  return found;
}
