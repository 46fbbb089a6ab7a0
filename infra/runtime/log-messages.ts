/*
 * Log messages that the fault campaigns count, to check when a worker polls and whether a process has stopped gracefully.
 */

export const WORKER_RUNNING_MESSAGE = "worker runs";
export const STOPPED_MESSAGE = "all services have stopped";
