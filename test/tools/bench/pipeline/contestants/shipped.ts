import type { OpenContestant } from "./contestant.ts";
import { connectShipped, openShippedIngress, runShippedWorkers } from "./shipped-processes.ts";

/**
 * Ours, as a small installation runs it: the product's workflow with its workers and their settings, and an ingress in the same process,
 * which stores the message in Postgres and starts the workflow eagerly.
 */
export const openShipped: OpenContestant = async (places, steps) => {
  const temporal = await connectShipped(places, "bench-shipped");
  const endWorkers = await runShippedWorkers(temporal, steps);
  const ingress = await openShippedIngress(places, { temporal, eager: true, steps });
  return {
    handle: (id) => ingress.take(id),
    settle: (ids) => Promise.all(ids.slice(-100).map((id) => ingress.result(id))),
    async close() {
      await endWorkers();
      await ingress.close();
    },
  };
};
