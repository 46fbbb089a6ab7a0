import type { Chart } from "../charts/chart.ts";
import type { CallCount } from "./count-calls.ts";
import type { MessageCost } from "./count-messages.ts";
import { INGRESS } from "./name-portals.ts";
import type { Writes } from "./measure-writes.ts";

interface CostReport {
  temporal_server: string;
  bars: Record<string, { value: number; target: number; ok: boolean }>;
  new_contact: MessageCost;
  known_contact: MessageCost;
  calls_per_message: CallCount;
  writes_per_message: Record<string, Writes>;
}

/** The order in which a message passes them; others follow. */
const STEPS = [INGRESS, "admit", "retrieve", "generate", "screen", "record", "deliver"];

export function createCostCharts({ new_contact: newContact, known_contact: known }: CostReport): Chart[] {
  const contacts = [
    ["new contact", newContact],
    ["known contact", known],
  ] as const;
  const chart = (name: "statements" | "synced_commits", title: string): Chart => ({
    name,
    title,
    unit: "per message",
    kind: "bars",
    categories: STEPS,
    series: contacts.map(([contact, { by_step: steps }]) => ({
      name: contact,
      values: STEPS.map((step) => steps[step]?.[name] ?? 0),
    })),
  });
  return [chart("statements", "SQL statements by step"), chart("synced_commits", "Synced commits by step")];
}

export function formatCost(report: CostReport): string[] {
  const { new_contact: newContact, known_contact: known, calls_per_message: calls } = report;
  const steps = [...new Set([...STEPS, ...Object.keys(newContact.by_step), ...Object.keys(known.by_step)])];
  const cells = (name: string, values: readonly (string | number)[]) =>
    name.padEnd(14) + values.map((value) => String(value).padStart(12)).join("");
  const both = (name: string, pick: (cost: MessageCost) => MessageCost["total"] | undefined) =>
    cells(
      name,
      [newContact, known].flatMap((cost) => {
        const count = pick(cost);
        return [count?.statements ?? 0, count?.synced_commits ?? 0, count?.unsynced_commits ?? 0];
      }),
    );
  return [
    `Temporal: ${report.temporal_server}`,
    "Medians for one message; three columns for a new contact, three for a known one.",
    cells("", ["statements", "synced", "not synced", "statements", "synced", "not synced"]),
    ...steps.map((step) => both(step, (cost) => cost.by_step[step])),
    both("sum", (cost) => cost.total),
    "",
    `Redis: ${calls.redis} commands; HTTP: ${Object.entries(calls.http)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ")}`,
    ...Object.entries(report.writes_per_message).map(
      ([database, writes]) =>
        `${database}: ${writes.transactions} transactions, ${writes.wal_syncs} waits for the disk, ${writes.wal_kb} KB of write-ahead log a message`,
    ),
    ...Object.entries(report.bars).map(
      ([name, { value, target, ok }]) =>
        `${name}: ${value} (bar ${target}) ${ok ? "holds" : "does NOT hold"}`,
    ),
  ];
}
