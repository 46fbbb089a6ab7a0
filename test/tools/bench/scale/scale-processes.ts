import {
  connectShipped,
  openShippedIngress,
  runShippedWorkers,
} from "../pipeline/contestants/shipped-processes.ts";
import type { Contestant, OpenContestant } from "../pipeline/contestants/contestant.ts";

/** Separate workers and ingress, as in a larger installation. The name of the queue contains the number of workers. */
export const FLEETS = { one: 1, two: 2 } as const;
export type Fleet = keyof typeof FLEETS;

const queueOf = (fleet: Fleet) => `bench-scale-${fleet}`;

/** A process with workers only. */
const openWorker =
  (fleet: Fleet): OpenContestant =>
  async (places, steps): Promise<Contestant> => ({
    handle: async () => undefined,
    close: await runShippedWorkers(await connectShipped(places, queueOf(fleet)), steps),
  });

/** A process that only ingests messages. It learns the end of each workflow from Temporal. */
const openIngress =
  (fleet: Fleet): OpenContestant =>
  async (places, steps): Promise<Contestant> => {
    const temporal = await connectShipped(places, queueOf(fleet));
    const ingress = await openShippedIngress(places, { temporal, eager: false, steps });
    return {
      async handle(id) {
        await ingress.take(id);
        await ingress.result(id);
        await steps.run("deliver", id);
      },
      close: ingress.close,
    };
  };

export const SCALE_PROCESSES = {
  worker_of_one: { open: openWorker("one") },
  ingress_of_one: { open: openIngress("one") },
  worker_of_two: { open: openWorker("two") },
  ingress_of_two: { open: openIngress("two") },
} as const satisfies Readonly<Record<string, { open: OpenContestant }>>;

export type ScaleProcess = keyof typeof SCALE_PROCESSES;
