import { createSteps } from "../steps.ts";
import type { ServerAddresses } from "./contestant.ts";
import { connectShipped, runShippedWorkers } from "./shipped-processes.ts";

/** A process with workers only. It gets the time of the model, and sends the id of each delivered message. */
const [queue = "", places = "{}"] = process.argv.slice(2);
const steps = createSteps((id) => process.send?.(id));
const temporal = await connectShipped(JSON.parse(places) as ServerAddresses, queue);
await runShippedWorkers(temporal, steps);
process.on("message", (modelMs: number) => steps.setModelMs(modelMs));
// Its ingress has ended, so no other process would end this one.
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
