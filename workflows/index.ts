import { setWorkflowOptions } from "@temporalio/workflow";
import { event } from "./event.ts";
import { message } from "./message.ts";
import { handoff, repair, reply } from "./outbound.ts";

/*
 * Where workers have versions (docs/deploys.md), a run ends on the version it began on. These two are open for hours or days and
 * would keep old workers up for as long, so they go on with the current version: what it does with them the replay gate knows.
 */
setWorkflowOptions({ versioningBehavior: "AUTO_UPGRADE" }, event);
setWorkflowOptions({ versioningBehavior: "AUTO_UPGRADE" }, handoff);

export { event, handoff, message, repair, reply };
