import type { LoggedStatement } from "./statement-log.ts";

export interface StatementCount {
  statements: number;
  /** Transactions that wrote and waited for the disk at their end. */
  synced_commits: number;
  /** Transactions that wrote and did not wait. */
  unsynced_commits: number;
}

export type CountByStep = Record<string, StatementCount>;

const BEGIN = /^\s*(begin|start transaction)\b/i;
const END = /^\s*(commit|end)\b/i;
const ROLLBACK = /^\s*rollback\s*(?!to\b|.*\bto\s+savepoint)/i;
/** `SET LOCAL synchronous_commit = off`, or the same by `set_config`. */
const UNSYNCED = /synchronous_commit\W+(?:=|to)?\W*off/i;

/**
 * Counts by step. BEGIN and COMMIT count as statements, and belong to the step of their transaction. `stepOf` names the statements that no
 * activity ran.
 */
export function countStatements(
  statements: readonly LoggedStatement[],
  stepOf: (statement: LoggedStatement) => string,
): CountByStep {
  const counts: CountByStep = {};
  const open = new Map<string, LoggedStatement[]>();
  const add = (transaction: LoggedStatement[], commits: boolean) => {
    const first = transaction.find(({ step }) => step !== null) ?? transaction[0];
    if (first === undefined) return;
    const count = (counts[first.step ?? stepOf(first)] ??= createCount());
    count.statements += transaction.reduce((sum, { text }) => sum + partsOf(text), 0);
    if (!commits || !transaction.some(({ hasWritten }) => hasWritten)) return;
    if (transaction.some(({ text }) => UNSYNCED.test(text))) count.unsynced_commits += 1;
    else count.synced_commits += 1;
  };
  for (const statement of statements) {
    const { backend, text } = statement;
    const transaction = open.get(backend);
    if (BEGIN.test(text)) open.set(backend, [statement]);
    else if (transaction === undefined) add([statement], true);
    else transaction.push(statement);
    if (!END.test(lastPartOf(text)) && !ROLLBACK.test(text)) continue;
    add(open.get(backend) ?? [], !ROLLBACK.test(text));
    open.delete(backend);
  }
  for (const transaction of open.values()) add(transaction, false);
  return counts;
}

/** The sum over all steps. */
export function totalOf(counts: CountByStep): StatementCount {
  const total = createCount();
  for (const count of Object.values(counts)) {
    total.statements += count.statements;
    total.synced_commits += count.synced_commits;
    total.unsynced_commits += count.unsynced_commits;
  }
  return total;
}

function createCount(): StatementCount {
  return { statements: 0, synced_commits: 0, unsynced_commits: 0 };
}

/** One text of the simple protocol can hold several statements. */
function partsOf(text: string): number {
  return isSeveral(text) ? text.split(/;\s*(?=\S)/).length : 1;
}

function lastPartOf(text: string): string {
  return isSeveral(text) ? (text.split(/;\s*(?=\S)/).at(-1) ?? "") : text;
}

function isSeveral(text: string): boolean {
  return BEGIN.test(text) || /^\s*set\b/i.test(text);
}
