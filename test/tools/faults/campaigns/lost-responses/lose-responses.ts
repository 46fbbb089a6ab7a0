import type { Toxic } from "../../proxy/toxic.ts";
import type { Edge } from "./open-edges.ts";

/** At most one request per message, so the share of the stores would hit no request in a short run. */
const RARE: ReadonlySet<string> = new Set([
  "api temporal",
  "api redis",
  "worker redis",
  "model redis",
  "worker openai",
  "model openai",
]);

/** Shares of the requests that lose their response. */
export interface Shares {
  stores: number;
  /** For edges with few requests. */
  rare: number;
  sends: number;
}

export function toxicsOf(edge: Pick<Edge, "from" | "to">, shares: Shares): Toxic[] {
  const share = shareOf(edge, shares);
  // The connection of a worker to Temporal carries its polls. A hanging connection would stop the worker until its keepalive fails: that
  // is a partition, which has its own campaign.
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
  connectionLeft: "cut" | "hanging",
  probability: number,
): Toxic {
  return { kind: "lose_response", when, connectionLeft, probability };
}
