import type { OpenContestant } from "./contestant.ts";
import { connectShipped, openShippedIngress, runShippedWorkers } from "./shipped-processes.ts";

/**
 * Parley as in a small installation: the workflow of the product with its workers and settings, and an ingress in the same process, which
 * stores the message in PostgreSQL and starts the workflow: eagerly, or after the quiet window of the channel.
 */
export const openShipped =
  ({ queue, quietMs }: { queue: string; quietMs: number }): OpenContestant =>
  async (places, steps) => {
    const temporal = await connectShipped(places, queue);
    const endWorkers = await runShippedWorkers(temporal, steps);
    const ingress = await openShippedIngress(places, { temporal, eager: true, quietMs, steps });
    return {
      handle: (id) => ingress.take(id),
      settle: (ids) => Promise.all(ids.slice(-100).map((id) => ingress.result(id))),
      async close() {
        await endWorkers();
        await ingress.close();
      },
    };
  };
