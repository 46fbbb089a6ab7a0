import type { Toxic } from "../../proxy/toxic.ts";
import type { Edge } from "./open-edges.ts";

/** One request a message or less, so that a short run would hit none at the stores' share. */
const RARE: ReadonlySet<string> = new Set([
  "api temporal",
  "api redis",
  "worker redis",
  "model redis",
  "worker openai",
  "model openai",
]);

/** Shares of the requests whose answers are lost. */
export interface Shares {
  stores: number;
  /** On the ways that see few requests. */
  rare: number;
  sends: number;
}

export function toxicsOf(edge: Pick<Edge, "from" | "to">, shares: Shares): Toxic[] {
  const share = shareOf(edge, shares);
  // A worker's connection to Temporal carries its polls. Left hanging, it is blind until its keepalive notices: that is a partition, and
  // another campaign's.
  return edge.to === "temporal"
    ? [
        loseResponseToxic("answered", "cut", share * 0.75),
        loseResponseToxic("forwarded", "cut", share * 0.25),
      ]
    : [
        loseResponseToxic("answered", "cut", share * 0.6),
        loseResponseToxic("forwarded", "cut", share * 0.25),
        loseResponseToxic("answered", "hanging", share * 0.15),
      ];
}

function shareOf({ from, to }: Pick<Edge, "from" | "to">, { stores, rare, sends }: Shares): number {
  if (RARE.has(`${from} ${to}`)) return rare;
  return to === "postgres" || to === "redis" || to === "temporal" ? stores : sends;
}

function loseResponseToxic(
  when: "answered" | "forwarded",
  left: "cut" | "hanging",
  probability: number,
): Toxic {
  return { kind: "lose_response", when, connectionLeft: left, probability };
}
