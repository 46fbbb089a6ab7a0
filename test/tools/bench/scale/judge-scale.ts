import { median, round } from "../pipeline/figures.ts";
import { buildModel, computeOccupiedMs, sum } from "./build-model.ts";
import type { Check } from "./checks.ts";
import type { StationSample } from "./measure-stations.ts";
import { predict, type StationModel } from "./station-model.ts";

/** Messages at a time: one alone, a few that wait for stations mostly without queues, and many that keep the slowest one busy. */
export const IN_FLIGHT = { alone: 1, few: 2, many: 16 } as const;
/** The limit for the relative error of the model, for each station that is slowed. */
const BARS = { model_error_max: 0.2 };
const THOUSAND_PER_S = 1_000;
/** The processes of the benchmark itself. */
const NOT_SHIPPED = new Set(["fakes", "load"]);

export interface MeasuredScale {
  alone: StationSample;
  many: StationSample;
  /** Messages a second, by round. */
  checks: readonly { check: Check; perS: Record<"few" | "many", number[]> }[];
  /** The sample of many messages with two workers. */
  two: StationSample;
  othersCores: number;
}

interface Judged {
  messages_per_s: number;
  modelled_messages_per_s: number;
  /** Of the model against the measurement: 0.1 is a tenth too much. */
  error: number;
}

/** The model uses the measurements of one worker without any slowing. It must know the throughput of every other run. */
export function judgeScale({ alone, many, checks, two, othersCores }: MeasuredScale, cores: number) {
  const model = buildModel({ alone, many }, { cores, workers: 1 });
  const slowed = checks.map(({ check, perS }) => ({
    station: check.name,
    slowed_by_ms: check.slowing,
    few: judge(check.model, IN_FLIGHT.few, median(perS.few)),
    many: judge(check.model, IN_FLIGHT.many, median(perS.many)),
  }));
  const twoWorkers = judge(
    buildModel({ alone, many }, { cores, workers: 2 }),
    IN_FLIGHT.many,
    two.messagesPerS,
  );
  const errors = [twoWorkers, ...slowed.flatMap(({ few, many: full }) => [few, full])];
  const isWaitClamped = computeOccupiedMs(model) > alone.latencyMs;
  return {
    ok: !isWaitClamped && errors.every(({ error }) => Math.abs(error) <= BARS.model_error_max),
    bars: BARS,
    stations: model.stations.map(({ demandMs, ...station }) => ({ ...station, ms: round(demandMs) })),
    wait_ms: round(model.thinkMs),
    /** The stations take longer than a message that is alone, so the model is not the measured one. */
    wait_clamped: isWaitClamped,
    bottleneck: predict(model, IN_FLIGHT.many).bottleneck,
    slowed,
    two_workers: twoWorkers,
    per_1000_messages_per_s: computeNeeds(many),
    disturbed_by_cores: round(othersCores),
  };
}

function judge(model: StationModel, inFlight: number, measuredPerS: number): Judged {
  const { messagesPerS } = predict(model, inFlight);
  return {
    messages_per_s: round(measuredPerS),
    modelled_messages_per_s: round(messagesPerS),
    error: round(messagesPerS / measuredPerS - 1),
  };
}

/** What 1,000 messages a second need, in proportion to the measured load. */
function computeNeeds({ cpu, threadMs, commits, connections }: StationSample) {
  const shipped = Object.entries(cpu).filter(([name]) => !NOT_SHIPPED.has(name));
  const cores = Object.fromEntries(shipped.map(([name, ms]) => [name, round((ms * THOUSAND_PER_S) / 1000)]));
  return {
    cores,
    cores_total: round(sum(cores)),
    ingress_processes: Math.ceil((threadMs.ingress * THOUSAND_PER_S) / 1000),
    worker_processes: Math.ceil((threadMs.worker * THOUSAND_PER_S) / 1000),
    wal_mb_per_s: round((commits.walKb * THOUSAND_PER_S) / 1024),
    transactions_per_s: round(commits.transactions * THOUSAND_PER_S),
    /** Commits at the same time share a wait, so a busy server needs fewer. */
    wal_syncs_per_s_at_most: round(commits.syncs * THOUSAND_PER_S),
    /** Of one ingress and one worker, by database. */
    connections_of_a_pair: connections,
  };
}
