import { handleWhen, IterableBackoff, retry } from "cockatiel";

export interface RetryOptions {
  /** True for an error that the next attempt may not meet; every other error is thrown at once. */
  isTransient(error: unknown): boolean;
  /** Waits between the attempts, ms. The last wait repeats when there are more retries than waits. */
  waitsMs: readonly number[];
  /** Retries after the first attempt: one for each wait, if not given. */
  maxRetries?: number;
  /** Called after each failed attempt that is retried, before the wait. */
  onRetry?(error: unknown): void;
}

/**
 * Repeats `attempt` in this process after transient errors and throws the last error when no retry is left. Only for an attempt
 * that changes nothing when it is repeated. Longer waits belong to Temporal, which remembers them after a crash.
 */
export async function retryTransient<Result>(
  { isTransient, waitsMs, maxRetries = waitsMs.length, onRetry }: RetryOptions,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const policy = retry(handleWhen(isTransient), {
    maxAttempts: maxRetries,
    backoff: new IterableBackoff(waitsMs),
  });
  if (onRetry !== undefined) policy.onRetry((failure) => onRetry("error" in failure ? failure.error : null));
  return await policy.execute(attempt);
}
