import type { StreamEnd } from "./open-streams.ts";

export interface WakeUpSignals {
  news: boolean;
  typing: boolean;
  end: StreamEnd | null;
}

/** Wakes a stream. Notifications are not counted: one read of Postgres covers any number of them. */
export function createWakeUp() {
  const state: WakeUpSignals = { news: false, typing: false, end: null };
  let wake = () => {};
  return {
    notify(what: Partial<WakeUpSignals>): void {
      Object.assign(state, what);
      wake();
    },
    /** The signals since the last call. `end` stays set. */
    take(): WakeUpSignals {
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

export type WakeUp = ReturnType<typeof createWakeUp>;
