/*
 * Log messages that the fault campaigns count, to check when a worker polls and whether a process has stopped gracefully.
 */

export const WORKER_RUNNING_MESSAGE = "worker runs";
export const STOPPED_MESSAGE = "all services have stopped";
/** With `duration_ms`, `cpu_ms` and `steps`. See `event-loop/watch-event-loop.ts`. */
export const EVENT_LOOP_STALLED_MESSAGE = "event_loop_stalled";
/** With `code`, `cause`, `fix`, and the `activity` and `attempt` that met it. At most once a minute for each subject. */
export const WRONG_CONFIGURATION_MESSAGE = "the configuration is wrong";
