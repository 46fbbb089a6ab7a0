import { Context } from "@temporalio/activity";
import type { FaultPlace } from "../../infra/runtime/faults/report-faults.ts";

/** The activity and the attempt of the current call, for the log; nothing outside of an activity. */
export function readFaultPlace(): FaultPlace {
  try {
    const { activityType: activity, attempt, workflowExecution } = Context.current().info;
    return { activity, attempt, workflowId: workflowExecution?.workflowId ?? "" };
  } catch {
    // Not logged: the sweeper and the searches of other processes run in no activity.
    return {};
  }
}
