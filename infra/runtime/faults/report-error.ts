import { createLogRarely, type LogRarely } from "../log-rarely.ts";
import { classifyFault } from "./classify-fault.ts";
import type { FaultReports } from "./report-faults.ts";

/** Logs errors whose effect is already handled. A wrong configuration is reported as one, at the level error, and not as an outage. */
export function createReportError({
  log,
  reports,
}: {
  log: Parameters<typeof createLogRarely<"warn">>[0];
  reports: Pick<FaultReports, "note">;
}): LogRarely {
  const logRarely = createLogRarely(log, "warn");
  return (error, message, details) => {
    const fault = classifyFault(error);
    if (fault?.kind === "configuration") reports.note(fault.service, fault);
    else logRarely(error, message, details);
  };
}
