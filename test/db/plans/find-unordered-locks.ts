import { listNodes } from "./find-costly-nodes.ts";
import type { PlanNode, RecordedPlan } from "./record-plans.ts";

/** The rows of these tables change under the lock of their conversation, which is always the first lock. */
const UNDER_ANOTHER_LOCK: ReadonlySet<string> = new Set(["inbox"]);
const ORDERED = /ORDER BY [^()]+ FOR (NO KEY )?(UPDATE|SHARE)|SKIP LOCKED/i;

/**
 * One sentence for each statement that locked several rows in the order of its plan. Two such statements can wait for each other, and
 * PostgreSQL ends one of them.
 */
export function findUnorderedLocks(plans: readonly RecordedPlan[]): string[] {
  return plans.flatMap(({ statement, root }) => {
    const nodes = listNodes(root);
    const locking = nodes.filter(({ type }) => type === "LockRows");
    const isLocked = (table: string | null) =>
      locking.some((node) => listNodes(node).some((below) => below.table === table));
    const changed = nodes.filter(
      ({ operation, table, children }) =>
        (operation === "Update" || operation === "Delete") &&
        countRows(children) > 1 &&
        !isLocked(table) &&
        !UNDER_ANOTHER_LOCK.has(table ?? ""),
    );
    const locked = ORDERED.test(statement) ? [] : locking.filter(({ children }) => countRows(children) > 1);
    return [...changed, ...locked].map(
      ({ table, type }) => `locks rows of ${table ?? type} in no order: ${statement.slice(0, 300)}`,
    );
  });
}

const countRows = (nodes: readonly PlanNode[]) =>
  nodes.filter(({ isInput }) => isInput).reduce((total, { rows }) => total + rows, 0);
