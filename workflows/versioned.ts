import { setWorkflowOptions } from "@temporalio/workflow";
import { event } from "./event.ts";
import { handoff } from "./outbound.ts";
import { reindex } from "./reindex.ts";

/*
 * Workers with a version use this entry (docs/deploys.md). A worker without a version cannot complete a task of a workflow that sets a
 * versioning behaviour. A run ends on the version that it began on. These three workflows run for hours or days and would keep old
 * workers running, so they move to the current version. The replay gate proves that they can.
 */
setWorkflowOptions({ versioningBehavior: "AUTO_UPGRADE" }, event);
setWorkflowOptions({ versioningBehavior: "AUTO_UPGRADE" }, handoff);
setWorkflowOptions({ versioningBehavior: "AUTO_UPGRADE" }, reindex);

export * from "./index.ts";
