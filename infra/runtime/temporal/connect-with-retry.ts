import { NativeConnection } from "@temporalio/worker";
import { classifyTemporalFault } from "../faults/temporal-faults.ts";
import { WRONG_CONFIGURATION_MESSAGE } from "../log-messages.ts";
import { createLogRarely } from "../log-rarely.ts";
import type { Log } from "../log.ts";
import { retryTransient } from "../retry-transient.ts";

const CONNECT_RETRY_MS = 1_000;

/** A worker that starts before its server waits for the server. A server that refuses it is named as a wrong configuration. */
export async function connectWithRetry(
  options: Parameters<typeof NativeConnection.connect>[0],
  log: Log,
): Promise<NativeConnection> {
  const logWrong = createLogRarely(log, "error");
  const onRetry = (error: unknown) => {
    const { kind, code, cause, fix } = classifyTemporalFault(error);
    if (kind === "configuration") logWrong(error, WRONG_CONFIGURATION_MESSAGE, { code, cause, fix });
    else log.warn({ err: error }, "Temporal is not reachable yet");
  };
  const policy = { isTransient: () => true, waitsMs: [CONNECT_RETRY_MS], maxRetries: Infinity, onRetry };
  return await retryTransient(policy, () => NativeConnection.connect(options));
}
