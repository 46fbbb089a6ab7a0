import type { Invariant, Verdict } from "../campaign.ts";
import { eventsArrive } from "./events/events-arrive.ts";
import {
  appendOnly,
  boundedCost,
  durableBeforeAck,
  inOrder,
  liveness,
  noDoubleReply,
  noLoss,
  nothingForged,
} from "./invariants.ts";
import type { Ledger } from "./ledger.ts";
import { noStall } from "./no-stall.ts";
import { notTrivial } from "./not-trivial.ts";
import { silentAfterAck } from "./silent-after-ack.ts";

/** The check of each invariant on the joined logs. */
export const INVARIANTS: Readonly<Record<Invariant, { title: string; check(ledger: Ledger): Verdict }>> = {
  I1: { title: "no loss", check: noLoss },
  I2: { title: "no double reply", check: noDoubleReply },
  I3: { title: "nothing forged", check: nothingForged },
  I4: { title: "order", check: inOrder },
  I5: { title: "durable before ack", check: durableBeforeAck },
  I6: { title: "bounded cost", check: boundedCost },
  I7: { title: "append-only", check: appendOnly },
  I8: { title: "liveness", check: liveness },
  I9: { title: "not trivially green", check: notTrivial },
  I10: { title: "silent after ack", check: silentAfterAck },
  I11: { title: "no stall", check: noStall },
  I12: { title: "events arrive", check: eventsArrive },
};

export function checkInvariants(ledger: Ledger): Record<Invariant, Verdict> {
  const checked = Object.entries(INVARIANTS).map(([name, { check }]) => [name, check(ledger)]);
  return Object.fromEntries(checked) as Record<Invariant, Verdict>;
}
