import type { StreamEnd } from "./open-streams.ts";

export interface BellState {
  news: boolean;
  typing: boolean;
  end: StreamEnd | null;
}

/** What wakes a stream. Rings are not counted: however many came, one look into Postgres shows what they were about. */
export function createStreamBell() {
  const state: BellState = { news: false, typing: false, end: null };
  let wake = () => {};
  return {
    ring(what: Partial<BellState>): void {
      Object.assign(state, what);
      wake();
    },
    /** What was rung for since the last time; the end stays. */
    take(): BellState {
      const taken = { ...state };
      state.news = false;
      state.typing = false;
      return taken;
    },
    async wait(ms: number): Promise<void> {
      if (state.news || state.typing || state.end !== null || ms <= 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const timer = setTimeout(resolve, ms);
      await promise;
      clearTimeout(timer);
    },
  };
}

export type StreamBell = ReturnType<typeof createStreamBell>;
