import { EVENT_LOOP_STALLED_MESSAGE } from "../log-messages.ts";

export interface EventLoopWatch {
  log: { warn(details: object, message: string): void };
  /** The steps that ran since the last call, as a hint at the cause. */
  takeSteps?: () => readonly string[];
}

const TICK_MS = 20;
/** An acknowledgement has 250 ms in all, and a heartbeat is due each second. */
const STALL_MS = 100;

/**
 * Logs each stall of this process's event loop. `cpu_ms` is the CPU time of the main thread in that time: nearly the whole duration if
 * our own code ran, and little if the machine was busy or the process was suspended. That is why it has its own timer:
 * `monitorEventLoopDelay` counts delays in a histogram and does not separate the two causes. Returns the function that stops it.
 */
export function watchEventLoop({ log, takeSteps = () => [] }: EventLoopWatch): () => void {
  let last = readTimes();
  const timer = setInterval(() => {
    const now = readTimes();
    const durationMs = now.wallMs - last.wallMs - TICK_MS;
    const cpuMs = now.cpuMs - last.cpuMs;
    last = now;
    const steps = takeSteps();
    if (durationMs < STALL_MS) return;
    log.warn(
      { duration_ms: Math.round(durationMs), cpu_ms: Math.round(cpuMs), steps },
      EVENT_LOOP_STALLED_MESSAGE,
    );
  }, TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function readTimes(): { wallMs: number; cpuMs: number } {
  const { user, system } = process.threadCpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1_000 };
}
