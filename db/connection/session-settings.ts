import { TIME_LIMITS_MS } from "../../workflows/time-limits.ts";

/**
 * A plan that fits all values of the parameters uses no partial index whose condition is a parameter, and one from the time of an empty
 * table would scan the full table. So lists and sweeps are planned each time. Planning is more than half of the server's work for the short
 * statements of a turn, so their plans are kept: they find their rows by keys, their states are constants, and without table scans the
 * size of a table does not matter. After five uses PostgreSQL keeps a plan, unless plans for the single values were cheaper.
 */
const PLANS = {
  each_time: { plan_cache_mode: "force_custom_plan" },
  kept: { plan_cache_mode: "auto", enable_seqscan: "off" },
};
/** Months and days of the schema are those of UTC. In another zone, adding a month to the first of a month ends at another hour. */
const IN_UTC = { timezone: "UTC" };
const LOCK_TIMEOUT_MS = 3_000;
const IDLE_IN_TRANSACTION_MS = 10_000;

export type Plans = keyof typeof PLANS;

export interface SessionSettings {
  plans: Plans;
  /** Time limit of one statement, ms. */
  statementTimeoutMs: number;
}

/** For a connection to the server itself: the session gets its settings with the first message. */
export function toStartupParameters({ plans, statementTimeoutMs }: SessionSettings) {
  const options = Object.entries({ ...PLANS[plans], ...IN_UTC });
  return {
    statement_timeout: statementTimeoutMs,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    options: options.map(([name, value]) => `-c ${name}=${value}`).join(" "),
  };
}

/** For a connection to a pooler, which refuses or ignores such parameters: each transaction gets the same settings. */
export function toTransactionSettings({
  plans,
  statementTimeoutMs,
}: SessionSettings): Record<string, string> {
  return {
    statement_timeout: String(statementTimeoutMs),
    lock_timeout: String(LOCK_TIMEOUT_MS),
    idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_MS),
    ...PLANS[plans],
    ...IN_UTC,
  };
}

/** How long the client waits for a response. */
export function toQueryTimeoutMs({ statementTimeoutMs }: SessionSettings): number {
  return statementTimeoutMs + TIME_LIMITS_MS.statementResponse;
}
