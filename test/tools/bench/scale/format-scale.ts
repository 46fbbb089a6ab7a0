import type { judgeScale } from "./judge-scale.ts";

interface ScaleReport extends ReturnType<typeof judgeScale> {
  temporal_server: string;
}

export function formatScale(report: ScaleReport): string[] {
  const { per_1000_messages_per_s: need, bars } = report;
  const list = (values: Readonly<Record<string, number | undefined>>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
  const row = (name: string, cells: readonly (string | number)[]) =>
    name.padEnd(14) + cells.map((cell) => String(cell).padStart(12)).join("");
  const cellsOf = (judged: ScaleReport["two_workers"]) => [
    judged.messages_per_s,
    judged.modelled_messages_per_s,
    judged.error,
  ];
  return [
    `Temporal: ${report.temporal_server}`,
    "What a message occupies:",
    ...report.stations.map(
      ({ name, ms, servers, copies }) =>
        `  ${name.padEnd(12)} ${ms} ms, ${Number(servers.toFixed(2))} at a time${copies === undefined ? "" : `, ${copies} of them`}`,
    ),
    `  ${"wait".padEnd(12)} ${report.wait_ms} ms, without a limit${report.wait_clamped ? "; the stations take LONGER than a message that is alone" : ""}`,
    `The slowest station: ${report.bottleneck}`,
    "",
    "Messages/s with one station slower, few messages at a time and then many (relative error of the model, bar " +
      `${bars.model_error_max}):`,
    row("slower", ["measured", "modelled", "error", "measured", "modelled", "error"]),
    ...report.slowed.map(({ station, few, many }) => row(station, [...cellsOf(few), ...cellsOf(many)])),
    row("two workers", ["", "", "", ...cellsOf(report.two_workers)]),
    "",
    `1,000 messages a second: ${need.cores_total} cores (${list(need.cores)}), ${need.ingress_processes} ingress and ${need.worker_processes} worker processes`,
    `PostgreSQL: ${need.wal_mb_per_s} MB/s of write-ahead log, ${need.transactions_per_s} transactions/s, at most ${need.wal_syncs_per_s_at_most} waits for the disk a second`,
    `Connections of one ingress and one worker: ${list(need.connections_of_a_pair)}`,
    `Other processes used up to ${report.disturbed_by_cores} cores.`,
  ];
}
