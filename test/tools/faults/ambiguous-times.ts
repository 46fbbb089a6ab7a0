import type { AmbiguousTime } from "./ledger/ledger.ts";

/** Records when the faults of a campaign could lose the response of a send. At other times no part may become `unknown`. */
export function createAmbiguousTimes() {
  const times: AmbiguousTime[] = [];
  return {
    add(...more: readonly AmbiguousTime[]): void {
      times.push(...more);
    },
    /** For a fault that is injected and healed by `fault`. */
    async during<T>(fault: () => Promise<T>): Promise<T> {
      const from = Date.now();
      try {
        return await fault();
      } finally {
        times.push({ from, until: Date.now() });
      }
    },
    list: (): readonly AmbiguousTime[] => times,
  };
}

export type AmbiguousTimes = ReturnType<typeof createAmbiguousTimes>;
