import { setWorkflowOptions } from "@temporalio/workflow";
import { event } from "./event.ts";
import { handoff } from "./outbound.ts";
import { reindex } from "./reindex.ts";

/*
 * The entry of workers that have versions (docs/deploys.md); a worker without one cannot complete the task of a workflow that asks
 * for a behaviour. A run ends on the version it began on. These three are open for hours or days and would keep old workers up for as
 * long, so they go on with the current version: what it does with them the replay gate knows.
 */
setWorkflowOptions({ versioningBehavior: "AUTO_UPGRADE" }, event);
setWorkflowOptions({ versioningBehavior: "AUTO_UPGRADE" }, handoff);
setWorkflowOptions({ versioningBehavior: "AUTO_UPGRADE" }, reindex);

export * from "./index.ts";
