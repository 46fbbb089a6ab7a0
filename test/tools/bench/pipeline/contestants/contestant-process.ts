import { CONTESTANTS, type ContestantName } from "./registry.ts";
import type { ServerAddresses } from "./contestant.ts";
import { load, type LoadPlan } from "../load.ts";
import { createSteps } from "../steps.ts";

/** A child process of the benchmark with one contestant and its load. Orders and results are process messages. */
const [name, places] = process.argv.slice(2) as [ContestantName, string];
const steps = createSteps();
const contestant = await CONTESTANTS[name].open(JSON.parse(places) as ServerAddresses, steps);
process.on("message", (order: LoadPlan | "end") => {
  if (order === "end") {
    void contestant.close().then(() => process.exit(0));
  } else {
    void load({ contestant, steps }, order).then((result) => process.send?.(result));
  }
});
// The benchmark has ended, so no other process would end this one.
process.on("disconnect", () => process.exit(1));
process.send?.("ready");
