import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { OpenContestant } from "./contestant.ts";
import { connectShipped, openShippedIngress } from "./shipped-processes.ts";

const WORKER = fileURLToPath(new URL("./shipped-worker-process.ts", import.meta.url));
const QUEUE = "bench-shipped-apart";

/** Parley as docker-compose.yml runs it: the worker is another process, so no workflow starts eagerly. */
export const openShippedApart: OpenContestant = async (places, steps) => {
  const temporal = await connectShipped(places, QUEUE);
  const worker = fork(WORKER, [QUEUE, JSON.stringify(places)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await once(worker, "message");
  worker.on("message", (id) => void steps.run("deliver", id as string));
  const ingress = await openShippedIngress(places, { temporal, eager: false, steps });
  let modelMs = 0;
  return {
    async handle(id) {
      if (steps.modelMs() !== modelMs) worker.send((modelMs = steps.modelMs()));
      await ingress.take(id);
    },
    settle: (ids) => Promise.all(ids.slice(-100).map((id) => ingress.result(id))),
    async close() {
      worker.disconnect();
      await ingress.close();
    },
  };
};
