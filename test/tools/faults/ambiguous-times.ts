import type { AmbiguousTime } from "./ledger/ledger.ts";

/** Their loss, or a stop of them, may lose the response of a send, or the record of it. */
export const PROCESSES_OF_SENDS: ReadonlySet<string> = new Set(["worker", "temporal", "postgres", "fakes"]);

/** Records when the faults of a campaign could lose the response of a send. At other times no part may become `unknown`. */
export function createAmbiguousTimes() {
  const times: AmbiguousTime[] = [];
  return {
    add(...more: readonly AmbiguousTime[]): void {
      times.push(...more);
    },
    /** For a fault that is injected and healed by `fault`. Records nothing where it cannot lose a response. */
    async during<T>(fault: () => Promise<T>, mayLoseResponses = true): Promise<T> {
      const from = Date.now();
      try {
        return await fault();
      } finally {
        if (mayLoseResponses) times.push({ from, until: Date.now() });
      }
    },
    list: (): readonly AmbiguousTime[] => times,
  };
}

export type AmbiguousTimes = ReturnType<typeof createAmbiguousTimes>;
