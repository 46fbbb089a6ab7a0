import { type Bucket, createLocalBuckets } from "../db/connection/local-buckets.ts";
import { networkOf } from "../infra/runtime/network/network-of.ts";
import { Problem } from "./problem.ts";

/** The kind of a failure. No line holds a part of a key or token. */
export type FailureKind =
  | "api_key"
  | "webhook_account"
  | "webhook_signature"
  | "web_account"
  | "session_token";

export interface FailedAuthenticationOptions {
  log: { warn(details: object, message: string): void };
  perNetwork?: Bucket;
  perProcess?: Bucket;
  everyMs?: number;
}

/** Questions to a store about names and keys that this process does not know. A developer who mistypes a key sends a few a minute. */
const PER_NETWORK: Bucket = { capacity: 30, refillPerSecond: 1 };
/** For callers with many networks. One question costs a store less than a millisecond. */
const PER_PROCESS: Bucket = { capacity: 200, refillPerSecond: 50 };
const MAX_NETWORKS = 20_000;
const LOG_EVERY_MS = 10_000;
const NETWORKS_IN_LINE = 3;

/**
 * Limits the questions that callers without a right key can cause, per network and before a store is asked, and logs failures as counts. A
 * key or an account that is known in memory costs nothing here, so wrong keys from the same address do not delay right ones.
 */
export function createFailedAuthentication({
  log,
  perNetwork = PER_NETWORK,
  perProcess = PER_PROCESS,
  everyMs = LOG_EVERY_MS,
}: FailedAuthenticationOptions) {
  const buckets = createLocalBuckets();
  let failures = new Map<string, number>();
  let byNetwork = new Map<string, number>();
  const timer = setInterval(logFailures, everyMs);
  timer.unref();

  function logFailures(): void {
    if (failures.size === 0) return;
    const top = [...byNetwork].toSorted(([, a], [, b]) => b - a).slice(0, NETWORKS_IN_LINE);
    const count = failures.values().reduce((sum, one) => sum + one, 0);
    log.warn(
      { count, kinds: Object.fromEntries(failures), networks: byNetwork.size, most: Object.fromEntries(top) },
      "authentication failed",
    );
    failures = new Map();
    byNetwork = new Map();
  }

  return {
    /**
     * Takes the right to ask a store for a key or account that is not known here. Throws the 429 before the store is asked. Call the
     * result if the store knew it: a right key costs nothing.
     */
    takeQuestion(ip: string): () => void {
      // In this process alone: the question must not wait for Redis either.
      const limits = [
        { key: `network:${networkOf(ip)}`, ...perNetwork },
        { key: "process", ...perProcess },
      ];
      const { waitMs } = buckets.take(limits);
      if (waitMs > 0) throw createLimitProblem(waitMs);
      return () => buckets.giveBack(limits);
    },
    record(kind: FailureKind, ip: string): void {
      const network = networkOf(ip);
      failures.set(kind, (failures.get(kind) ?? 0) + 1);
      if (byNetwork.size < MAX_NETWORKS || byNetwork.has(network))
        byNetwork.set(network, (byNetwork.get(network) ?? 0) + 1);
    },
    stop(): void {
      clearInterval(timer);
      logFailures();
    },
  };
}

export type FailedAuthentication = ReturnType<typeof createFailedAuthentication>;

function createLimitProblem(waitMs: number): Problem {
  return new Problem("rate_limited", "Too many wrong keys or unknown names. Try again later.", [], {
    retryAfterS: waitMs / 1_000,
  });
}
