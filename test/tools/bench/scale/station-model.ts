/** A resource that every message passes, and that serves a limited number of them at once. */
export interface Station {
  name: string;
  /** How long one message occupies it, ms. */
  demandMs: number;
  /** How many messages it serves at once: cores, worker processes. */
  servers: number;
  /** How many such stations there are, of which a message visits one at random: the slots of a budget. Default: 1. */
  copies?: number;
}

export interface StationModel {
  stations: readonly Station[];
  /** Time of a message that occupies nothing: the model call, a wait that many share. */
  thinkMs: number;
}

export interface Prediction {
  messagesPerS: number;
  latencyMs: number;
  /** The station that saturates first as more messages are in flight. */
  bottleneck: string;
  /** The share of its capacity that each station uses. */
  utilization: Record<string, number>;
}

/**
 * Mean value analysis of a closed network: so many messages are in flight, and each finished one is followed by the next. A station with
 * several servers counts as one server that is as many times faster, and a delay for the rest of the demand (Seidmann's approximation),
 * which is exact with no load and with full load.
 */
export function predict({ stations, thinkMs }: StationModel, inFlight: number): Prediction {
  const single = stations.flatMap(splitCopies);
  const fast = single.map(({ demandMs, servers }) => demandMs / servers);
  const delayMs = single.reduce((sum, { demandMs, servers }) => sum + demandMs * (1 - 1 / servers), thinkMs);
  let queues = single.map(() => 0);
  let perMs = 0;
  let latencyMs = 0;
  for (let messages = 1; messages <= inFlight; messages++) {
    const waits = fast.map((demand, i) => demand * (1 + (queues[i] ?? 0)));
    latencyMs = delayMs + waits.reduce((sum, wait) => sum + wait, 0);
    perMs = messages / latencyMs;
    queues = waits.map((wait) => perMs * wait);
  }
  return {
    messagesPerS: perMs * 1000,
    latencyMs,
    bottleneck: single[fast.indexOf(Math.max(...fast))]?.name ?? "none",
    utilization: Object.fromEntries(single.map(({ name }, i) => [name, perMs * (fast[i] ?? 0)])),
  };
}

/** The average message visits each of the copies for its share of the time. */
function splitCopies({ copies = 1, ...station }: Station): Station[] {
  return Array.from({ length: copies }, () => ({ ...station, demandMs: station.demandMs / copies }));
}

/** How long the slowest station needs for a message if it never waits for one, ms. */
export function computeSlowestMs({ stations }: StationModel): number {
  return Math.max(...stations.map(({ demandMs, servers, copies = 1 }) => demandMs / servers / copies));
}

/** The same model with one station slower: what a run with that station slowed by hand must show. */
export function slowStation(model: StationModel, name: string, extraMs: number): StationModel {
  const stations = model.stations.map((station) =>
    station.name === name ? { ...station, demandMs: station.demandMs + extraMs } : station,
  );
  return { ...model, stations };
}
