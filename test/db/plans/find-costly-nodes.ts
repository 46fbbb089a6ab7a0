import { SMALL_TABLES } from "../migrate/find-long-locks.ts";
import type { PlanNode, RecordedPlan } from "./record-plans.ts";

/** One sentence for each node of the plans that reads more than `maxRows`, sorts more, or scans a table that grows. */
export function findCostlyNodes(plans: readonly RecordedPlan[], maxRows: number): string[] {
  return plans.flatMap(({ statement, root }) =>
    listNodes(root).flatMap((node) => {
      const fault = describe(node, maxRows);
      return fault === null ? [] : `${fault}: ${statement.slice(0, 300)}`;
    }),
  );
}

/** The tables and partitions that a plan has read. */
export function listTables({ root }: RecordedPlan): string[] {
  const read = listNodes(root).filter(({ loops }) => loops > 0);
  return [...new Set(read.flatMap(({ table }) => table ?? []))];
}

export function listNodes(node: PlanNode): PlanNode[] {
  return [node, ...node.children.flatMap(listNodes)];
}

function describe(
  { type, table, index, rows, removed, loops, children }: PlanNode,
  maxRows: number,
): string | null {
  if (loops === 0 || (table !== null && isSmall(table))) return null;
  if (type === "Seq Scan" && table !== null) return `scans ${table}`;
  const read = rows + removed;
  if (type === "Sort" && sum(children) > maxRows) return `sorts ${sum(children)} rows`;
  if (table !== null && read > maxRows && /Scan/.test(type))
    return `reads ${read} rows of ${table} by ${index ?? type}`;
  return null;
}

const sum = (nodes: readonly PlanNode[]) => nodes.reduce((total, { rows }) => total + rows, 0);

/** Documents grow with the knowledge and not with the traffic. */
const isSmall = (table: string) =>
  table.startsWith("pg_") || table === "documents" || SMALL_TABLES.includes(table);
