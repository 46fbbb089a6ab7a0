import type { BenchOptions, Benchmark } from "../benchmark.ts";
import { prepareDatabase } from "../installation/bench-installation.ts";
import { createInboundLoad, LOAD_CHANNELS } from "../load/inbound-load.ts";
import { SCENARIOS } from "./ingress-scenarios.ts";
import { machine, machineLine } from "../machine/machine.ts";
import { measureScenario, RATE_PER_S, type ScenarioReport, SECONDS_PER_CHANNEL } from "./measure-scenario.ts";

/** Slack gives up after 3 s and most others after 5 to 15; a quarter of a second leaves room for the way there and back. */
const BARS = { p99_ms_max: 250, refused_max: 0, lost_max: 0 };
/** Of a scenario: the processes start, every path is warmed up, and it is looked whether all is stored. */
const OVERHEAD_S = 18;
const SECONDS = SCENARIOS.length * ((LOAD_CHANNELS.length + 1) * SECONDS_PER_CHANNEL + OVERHEAD_S);

/** How fast the ingress answers while something behind it is slow or down. */
export const ingress: Benchmark = {
  name: "ingress",
  description: `${SCENARIOS.length} scenarios, ${LOAD_CHANNELS.length} channels in turn at ${RATE_PER_S}/s for ${SECONDS_PER_CHANNEL} s, about ${Math.ceil(SECONDS / 60)} minutes`,
  async measure({ sandbox, progress }: BenchOptions) {
    await prepareDatabase(sandbox);
    const load = createInboundLoad();
    const scenarios: ScenarioReport[] = [];
    for (const [i, scenario] of SCENARIOS.entries()) {
      progress.tick(`  ${i + 1} of ${SCENARIOS.length}: ${scenario.name}`);
      scenarios.push(await measureScenario(sandbox, scenario, { load, name: `ingress_${i}` }));
    }
    const ok = scenarios.every(
      ({ all, lost }) => all.p99_ms <= BARS.p99_ms_max && all.accepted === all.offered && lost === 0,
    );
    const on = machine(sandbox);
    const disturbed = Math.max(...scenarios.map(({ cpu }) => cpu["others"] ?? 0));
    const report = {
      ok,
      bench: "ingress",
      machine: on,
      bars: BARS,
      rate_per_s: RATE_PER_S,
      /** Cores that others used at most: well above 0.2, the figures say little. */
      disturbed_by_cores: disturbed,
      scenarios,
    };
    const last = `Bar: p99 of all channels at most ${BARS.p99_ms_max} ms in each scenario. Others used up to ${disturbed} cores meanwhile.`;
    return { report, lines: [machineLine(on), ...scenarios.flatMap(tableOf), "", last] };
  },
};

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
    `${scenario}: ${ratio.p50} times the yardstick at p50, ${ratio.p99} at p99; refused ${JSON.stringify(refused)}, lost ${lost}`,
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
