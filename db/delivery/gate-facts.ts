import { sql } from "drizzle-orm";
import type { AccountSettings } from "../tenants/channel-account.ts";
import { type SilenceReason, toSilenceReason } from "../conversations/silence.ts";
import type { Queryable } from "../connection/postgres.ts";
import type { TurnScope } from "../conversations/transcript.ts";

/** The state of the world at the time of a send, read under the locks of conversation, account and tenant. */
export interface GateFacts {
  /** The database's clock: all windows use one clock. */
  now: Date;
  turnOpen: boolean;
  accountDisabled: boolean;
  optedOut: boolean;
  silentBecause: SilenceReason | null;
  /** An agent took the conversation over after the turn was opened; the agent may have handed it back. */
  takenOverSince: boolean;
  /** The contact's last message, or null where the contact never wrote. */
  lastInboundAt: Date | null;
  /** A message waits that this turn does not answer, and no part of the turn was sent. */
  newerMessage: boolean;
  supersede: "answer_then_continue" | "regenerate";
  /** How many turns in a row were superseded directly before this one. */
  supersededBefore: number;
  /** The tenant spent more today than it allows, without this turn: the answer of this turn is already paid. */
  overspent: boolean;
  /** The time of the next attempt of an earlier reply that is not sent yet; null where there is none. */
  earlierUntil: Date | null;
  /** Linked conversations on other channels in which the assistant is not silent, the most recent first. */
  linked: readonly LinkedConversation[];
  settings: AccountSettings;
}

export interface LinkedConversation {
  conversationId: string;
  channel: string;
  lastInboundAt: Date | null;
}

/** One statement, whose function locks first and reads then: `lock_gate_facts` in the migrations. */
export async function lockFacts(
  tx: Queryable,
  { turnId, conversationId }: Pick<TurnScope, "turnId" | "conversationId">,
): Promise<GateFacts> {
  const { rows } = await tx.execute<{ facts: StoredFacts | null }>(
    sql`SELECT lock_gate_facts(of_turn => ${turnId}, in_conversation => ${conversationId}) AS facts`,
  );
  const facts = rows[0]?.facts;
  if (facts == null) throw new Error(`Turn ${turnId} or its conversation does not exist.`);
  return {
    now: new Date(facts.now),
    turnOpen: facts.turn_open,
    accountDisabled: facts.account_disabled,
    optedOut: facts.opted_out,
    silentBecause: toSilenceReason({
      takenOverBy: facts.taken_over_by,
      conversationPaused: facts.conversation_paused,
      accountPaused: facts.account_paused,
      tenantPaused: facts.tenant_paused,
    }),
    takenOverSince:
      facts.taken_over_at !== null && new Date(facts.taken_over_at) >= new Date(facts.opened_at),
    lastInboundAt: toDate(facts.last_inbound_at),
    newerMessage: facts.newer_message,
    supersede: facts.supersede,
    supersededBefore: facts.superseded_before,
    overspent: facts.overspent,
    earlierUntil: toDate(facts.earlier_until),
    linked: facts.linked.map(({ id, channel, last }) => ({
      conversationId: id,
      channel,
      lastInboundAt: toDate(last),
    })),
    settings: facts.settings,
  };
}

function toDate(time: string | null): Date | null {
  return time === null ? null : new Date(time);
}

/** The JSON of `lock_gate_facts`. */
interface StoredFacts {
  now: string;
  opened_at: string;
  turn_open: boolean;
  taken_over_by: string | null;
  taken_over_at: string | null;
  last_inbound_at: string | null;
  conversation_paused: boolean;
  account_paused: boolean;
  account_disabled: boolean;
  tenant_paused: boolean;
  supersede: GateFacts["supersede"];
  settings: AccountSettings;
  opted_out: boolean;
  newer_message: boolean;
  superseded_before: number;
  overspent: boolean;
  earlier_until: string | null;
  linked: { id: string; channel: string; last: string | null }[];
}
