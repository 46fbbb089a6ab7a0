import type { Log } from "../../infra/runtime/log.ts";

/** Fields that the SDK adds to each line and that add nothing to the workflow id. */
const SDK_FIELDS: ReadonlySet<string> = new Set([
  "activityId",
  "isLocal",
  "namespace",
  "sdkComponent",
  "taskQueue",
  "taskToken",
  "workflowRunId",
  "workflowType",
]);

/**
 * Writes the warnings and errors of the SDK and of the activities to our log. Only plain values pass: an error of the SDK may contain
 * the text of a message.
 */
export function createSdkLogger(log: Log) {
  const drop = () => undefined;
  return {
    trace: drop,
    debug: drop,
    info: drop,
    log: drop,
    warn: (message: string, details?: object) => log.warn(toLogFields(details), message),
    error: (message: string, details?: object) => log.error(toLogFields(details), message),
  };
}

function toLogFields(details: object = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).filter(
      ([name, value]) => !SDK_FIELDS.has(name) && (value === null || typeof value !== "object"),
    ),
  );
}
