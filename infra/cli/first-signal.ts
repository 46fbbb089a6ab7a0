const SIGNALS = ["SIGTERM", "SIGINT"] as const;
export type EndSignal = (typeof SIGNALS)[number];

/** Ctrl-C reaches a program from the terminal, and again from npm or the launcher, which pass their signals on. */
const SAME_SIGNAL_MS = 1_000;

/** Resolves at the first signal that asks the process to end. A later one ends it at once, with exit code 1. */
export function awaitFirstSignal(): Promise<EndSignal> {
  let firstAt: number | null = null;
  return new Promise((resolve) => {
    for (const signal of SIGNALS)
      process.on(signal, () => {
        firstAt ??= performance.now();
        resolve(signal);
        if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(1);
      });
  });
}
