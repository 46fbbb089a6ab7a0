import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { prepareDatabase } from "../installation/bench-installation.ts";
import { createInboundLoad, LOAD_CHANNELS } from "../load/inbound-load.ts";
import { SCENARIOS } from "./ingress-scenarios.ts";
import { type Acknowledgement, measureAcknowledgements } from "./measure-acknowledgement.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { measureScenario, RATE_PER_S, type ScenarioReport, SECONDS_PER_CHANNEL } from "./measure-scenario.ts";

/** Slack times out after 3 s and most others after 5 to 15 s. A quarter of a second leaves time for the network. */
const BARS = {
  p99_ms_max: 250,
  refused_max: 0,
  lost_max: 0,
  /** Against one INSERT with its commit in the same seconds. */
  acknowledged_p99_ratio_max: 3,
  /** Only on a quiet machine. */
  acknowledged_p99_ms_max: 25,
};
/** The name of the part that measures the acknowledgements. */
const ACKNOWLEDGED = "acknowledged";
/** Cores of other processes up to which a machine is quiet. */
const QUIET_CORES = 0.2;
const ACKNOWLEDGED_SECONDS = 30;
const QUICK_SECONDS = 3;
/** The other steps of a scenario: start of the processes, warm-up, and the check that every message is stored. */
const OVERHEAD_S = 18;
const SECONDS = SCENARIOS.length * ((LOAD_CHANNELS.length + 1) * SECONDS_PER_CHANNEL + OVERHEAD_S);

/** The response times of the ingress while another service is slow or down. */
export const ingress: Benchmark = {
  name: "ingress",
  parts: [ACKNOWLEDGED, ...SCENARIOS.map(({ name }) => name)],
  description: `${SCENARIOS.length} scenarios, ${LOAD_CHANNELS.length} channels in turn at ${RATE_PER_S}/s for ${SECONDS_PER_CHANNEL} s, about ${Math.ceil(SECONDS / 60)} minutes`,
  async measure({ sandbox, progress, quick, only }: BenchOptions) {
    await prepareDatabase(sandbox);
    const acknowledgements =
      only === null || only.has(ACKNOWLEDGED)
        ? await measureAcknowledgements(sandbox, {
            seconds: quick ? QUICK_SECONDS : ACKNOWLEDGED_SECONDS,
            reportProgress: (text) => progress.tick(text),
          })
        : [];
    const load = createInboundLoad();
    const scenarios: ScenarioReport[] = [];
    const chosen = SCENARIOS.filter(({ name }) => only === null || only.has(name));
    for (const [i, scenario] of chosen.entries()) {
      progress.tick(`  ${i + 1} of ${chosen.length}: ${scenario.name}`);
      scenarios.push(await measureScenario(sandbox, scenario, { load, name: `ingress_${i}` }));
    }
    const ok =
      scenarios.every(
        ({ all, lost }) => all.p99_ms <= BARS.p99_ms_max && all.accepted === all.offered && lost === 0,
      ) && acknowledgements.every(isWithinBars);
    const on = machine(sandbox);
    const disturbed = Math.max(
      ...scenarios.map(({ cpu }) => cpu["others"] ?? 0),
      ...acknowledgements.map((each) => each.disturbed_by_cores),
    );
    const report = {
      ok,
      bench: "ingress",
      machine: on,
      bars: BARS,
      rate_per_s: RATE_PER_S,
      /** The maximum of cores that other processes used. Well above 0.2, the figures mean little. */
      disturbed_by_cores: disturbed,
      acknowledgements,
      scenarios,
    };
    const last = `Bar: p99 of all channels at most ${BARS.p99_ms_max} ms in each scenario. Other processes used up to ${disturbed} cores during the run.`;
    return {
      report,
      lines: [
        machineLine(on),
        ...acknowledgements.map(formatAcknowledgement),
        ...scenarios.flatMap(tableOf),
        "",
        last,
      ],
    };
  },
};

export function isWithinBars({
  p99_ratio: ratio,
  acknowledged,
  disturbed_by_cores: others,
}: Acknowledgement): boolean {
  const isFast = others > QUIET_CORES || acknowledged.p99_ms <= BARS.acknowledged_p99_ms_max;
  // A refusal is fast.
  return acknowledged.accepted === acknowledged.offered && isFast && ratio <= BARS.acknowledged_p99_ratio_max;
}

function formatAcknowledgement(each: Acknowledgement): string {
  const { acknowledged, insert_and_commit: inserted, p99_ratio: ratio } = each;
  return `Acknowledged at ${each.rate_per_s}/s, ${each.load}: ${acknowledged.accepted} of ${acknowledged.offered} accepted, p50 ${acknowledged.p50_ms}, p99 ${acknowledged.p99_ms} ms; insert and commit p50 ${inserted.p50_ms}, p99 ${inserted.p99_ms} ms; p99 ratio ${ratio} (bar ${BARS.acknowledged_p99_ratio_max}); others used ${each.disturbed_by_cores} cores`;
}

function tableOf({
  scenario,
  all,
  yardstick,
  ratio,
  refused,
  lost,
  channels,
  ...more
}: ScenarioReport): string[] {
  const rows = [["all", all] as const, ...Object.entries(channels), ["GET /livez", yardstick] as const];
  return [
    "",
    `${scenario}: ${ratio.p50} times the yardstick at p50, ${ratio.p99} at p99; rejected ${JSON.stringify(refused)}, lost ${lost}`,
    `cores: ${Object.entries(more.cpu)
      .map(([name, cores]) => `${name} ${cores}`)
      .join(", ")}${more.ingress_first ? "; ingress and database first" : ""}`,
    `${"channel".padEnd(16)} offered accepted   p50 ms   p99 ms   max ms`,
    ...rows.map(
      ([name, { offered, accepted, p50_ms: p50, p99_ms: p99, max_ms: max }]) =>
        name.padEnd(16) +
        String(offered).padStart(8) +
        [accepted, p50, p99, max].map((value) => String(value).padStart(9)).join(""),
    ),
  ];
}
