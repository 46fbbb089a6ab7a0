import { and, eq, isNotNull } from "drizzle-orm";
import { compareConsent, type ConsentKey, type ConsentState } from "../contacts/consents.ts";
import type { Queryable } from "../connection/postgres.ts";
import { conversations, type KEYWORDS } from "../schema/conversations.ts";
import type { ConsentRequest, NewInbound } from "./new-inbound.ts";

/*
 * What a request means where it arrives. The same words mean something else after an opt-out and after our question whether we shall stop.
 */

export type Keyword = (typeof KEYWORDS)[number];

export interface SettledRequest {
  keyword: Keyword | null;
  consent: ConsentState | null;
}

export interface RequestPlace {
  key: ConsentKey;
  conversationId: string;
  /** When the contact acted, where that is known. */
  actedAt: Date | null;
}

/** Whether the stored consent, or our question, decides what the request means. Its message is stored under the locks of the consent. */
export function needsConsent(request: ConsentRequest | null, contact: { isStopAsked: boolean }): boolean {
  if (request === "stop" || request === "start" || request === "yes") return true;
  return (
    contact.isStopAsked && (request === "maybe_stop" || request === "agreement" || request === "refusal")
  );
}

/** Of a request that needs no consent: the answers have no question. */
export function settleAlone({
  keyword,
  carrierWord,
}: Pick<NewInbound, "keyword" | "carrierWord">): Keyword | null {
  if (keyword === "maybe_stop" || keyword === "help" || keyword === "agent")
    return markAnswered(keyword, carrierWord);
  return markAnswered(null, carrierWord);
}

/** The caller holds the locks of the consent and of the conversation. */
export async function settleRequest(
  tx: Queryable,
  { keyword: request, carrierWord }: Pick<NewInbound, "keyword" | "carrierWord">,
  place: RequestPlace,
): Promise<SettledRequest> {
  const meaning = await readMeaning(tx, request, place.conversationId);
  if (meaning === "go_on" || meaning === "maybe_stop") return { keyword: meaning, consent: null };
  if (meaning === null) return { keyword: settleAlone({ keyword: request, carrierWord }), consent: null };
  const settled = settleChange(meaning, await compareConsent(tx, place.key, place.actedAt));
  // The carriers' YES is a word of theirs only for a contact who has opted out.
  const isOrdinaryYes = request === "yes" && settled.keyword !== "start";
  return isOrdinaryYes ? settled : { ...settled, keyword: markAnswered(settled.keyword, carrierWord) };
}

type Meaning = "stop" | "start" | "yes" | "go_on" | "maybe_stop" | null;

/** "yes" alone still has two meanings: which one depends on the consent. */
async function readMeaning(
  tx: Queryable,
  request: ConsentRequest | null,
  conversationId: string,
): Promise<Meaning> {
  switch (request) {
    case "stop":
    case "start":
      return request;
    case "yes":
      return (await isStopAsked(tx, conversationId)) ? "stop" : "yes";
    // Who is asked and does not say no, but something of the same kind again, wants no more messages.
    case "maybe_stop":
      return (await isStopAsked(tx, conversationId)) ? "stop" : "maybe_stop";
    case "agreement":
      return (await isStopAsked(tx, conversationId)) ? "stop" : null;
    case "refusal":
      return (await isStopAsked(tx, conversationId)) ? "go_on" : null;
    default:
      return null;
  }
}

/**
 * A keyword that changes nothing is not confirmed again. "yes" has a meaning only after an opt-out. A START from before the opt-out came
 * late: it is no keyword, so the contact, who is still out, reads nothing. A STOP from before a START came late too; one of the same time counts.
 */
function settleChange(
  meaning: "stop" | "start" | "yes",
  stored: Awaited<ReturnType<typeof compareConsent>>,
): SettledRequest {
  if (meaning === "stop" && stored === "later_opt_in") return { keyword: "stop_again", consent: null };
  if (meaning === "stop") return { keyword: stored === "none" ? "stop" : "stop_again", consent: "opted_out" };
  if (stored === "later_opt_out") return { keyword: null, consent: null };
  if (stored === "earlier_opt_out") return { keyword: "start", consent: "opted_in" };
  if (meaning === "yes") return { keyword: null, consent: null };
  // Contacts open a chat with "Start", so they get the text that explains the assistant. An older STOP may still come.
  return { keyword: "help", consent: "opted_in" };
}

const BY_CARRIER = Object.freeze({
  stop: "carrier_stop",
  start: "carrier_start",
  help: "carrier_help",
} satisfies Record<NonNullable<NewInbound["carrierWord"]>, Keyword>);

/** The contact has the carrier's answer, so ours would be a second one. A wish that the carrier did not see is answered by us. */
function markAnswered(keyword: Keyword | null, carrierWord: NewInbound["carrierWord"]): Keyword | null {
  return carrierWord === undefined || keyword === "agent" ? keyword : BY_CARRIER[carrierWord];
}

async function isStopAsked(tx: Queryable, conversationId: string): Promise<boolean> {
  const asked = await tx
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.id, conversationId), isNotNull(conversations.stopAskedAt)));
  return asked.length > 0;
}
