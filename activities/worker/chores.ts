import type { Database } from "../../db/connection/postgres.ts";
import { ALERT_AFTER_MS, clearAlert, raiseAlert } from "../../db/health/alerts.ts";
import type { Log } from "../../infra/runtime/log.ts";

/** One kind of work of the sweeper. The chores are independent: a chore that fails does not end the round. */
export interface Chore {
  name: string;
  /** The pause after a run that found no more work. */
  everyMs: number;
  /** The pause after a failure. */
  retryMs: number;
  /** True when more work is waiting. */
  run(): Promise<boolean>;
}

interface ChoreState {
  dueAt: number;
  failures: number;
  failingSince: number;
  isReported: boolean;
}

const ALERT_AFTER_FAILURES = 3;

export interface RunChoresDependencies {
  db: Database;
  log: Log;
  now?: () => number;
  /** No further chore begins then: each may wait for Temporal. */
  isStopped?: () => boolean;
}

/** Runs the chores that are due, one after the other. Returns true when one of them has more work. */
export function createRunChores(
  chores: readonly Chore[],
  { db, log, now = Date.now, isStopped = () => false }: RunChoresDependencies,
): () => Promise<boolean> {
  const states = new Map<string, ChoreState>();

  async function runChore(chore: Chore, state: ChoreState): Promise<boolean> {
    try {
      const more = await chore.run();
      state.dueAt = more ? 0 : now() + chore.everyMs;
      await settle(chore, state);
      return more;
    } catch (error) {
      state.dueAt = now() + chore.retryMs;
      await countFailure(chore, state, error);
      return false;
    }
  }

  async function settle({ name }: Chore, state: ChoreState): Promise<void> {
    state.failures = 0;
    if (!state.isReported) return;
    await clearAlert(db, nameAlert(name));
    state.isReported = false;
  }

  async function countFailure({ name, retryMs }: Chore, state: ChoreState, error: unknown): Promise<void> {
    if (state.failures === 0) state.failingSince = now();
    state.failures++;
    // An outage fails many chores each second, and one line for each power of two shows its length.
    if (Number.isInteger(Math.log2(state.failures)))
      log.warn(
        { err: error, chore: name, failures: state.failures, retryMs },
        "a chore of the sweeper failed",
      );
    if (state.failures < ALERT_AFTER_FAILURES || now() - state.failingSince < ALERT_AFTER_MS) return;
    const code = error instanceof Error ? error.name : "unknown";
    const detail = `The sweeper's chore ${name} failed ${state.failures} times in a row (${code}). The log of the worker has the cause.`;
    // Without Postgres there is no alert, and /readyz shows that Postgres is unavailable.
    await raiseAlert(db, { name: nameAlert(name), detail }).then(
      () => (state.isReported = true),
      () => undefined,
    );
  }

  return async function runChores(): Promise<boolean> {
    let more = false;
    for (const chore of chores) {
      if (isStopped()) return false;
      const state = states.get(chore.name) ?? newState();
      states.set(chore.name, state);
      if (state.dueAt <= now() && (await runChore(chore, state))) more = true;
    }
    return more;
  };
}

const newState = (): ChoreState => ({ dueAt: 0, failures: 0, failingSince: 0, isReported: false });

const nameAlert = (chore: string) => `chore:${chore}`;
