import type { ParleyProcess } from "./open-fault-sandbox.ts";

/**
 * The processes that serve the queues. "shipped": one worker for messages and model calls, as in docker-compose.yml, so its model calls run
 * inside the workflow task. "separate-model": the model calls have a worker of their own, and each of them is a normal activity.
 */
export const SHAPES = ["shipped", "separate-model"] as const;
export type Shape = (typeof SHAPES)[number];

export const SHAPE_OPTION = `[--shape ${SHAPES.join("|")}]`;

const WORKERS: Readonly<Record<Shape, readonly ParleyProcess[]>> = {
  shipped: [{ name: "worker", args: ["worker", "--queue", "main", "model", "delivery"] }],
  "separate-model": [
    { name: "worker", args: ["worker", "--queue", "main", "delivery"] },
    { name: "model", args: ["worker", "--queue", "model"] },
  ],
};

/** No message needs it. But a build is promoted only if it serves every queue. */
export const BATCH_WORKER: ParleyProcess = { name: "worker-batch", args: ["worker", "--queue", "batch"] };

/** The workers for messages. */
export function workersOf(shape: Shape): readonly ParleyProcess[] {
  return WORKERS[shape];
}

/** Further workers, which take over when the first ones do not work. */
export function secondWorkersOf(shape: Shape): readonly ParleyProcess[] {
  return WORKERS[shape].map((worker) => ({ ...worker, name: `${worker.name}-2` }));
}

/** One ingress and the workers. */
export function processesOf(shape: Shape): readonly ParleyProcess[] {
  return [{ name: "api", args: ["api"] }, ...WORKERS[shape]];
}

/** The process that makes the model calls. */
export function modelProcessOf(shape: Shape): "worker" | "model" {
  return shape === "shipped" ? "worker" : "model";
}

export function otherShape(shape: Shape): Shape {
  return shape === "shipped" ? "separate-model" : "shipped";
}

export function isShape(text: string): text is Shape {
  return SHAPES.some((shape) => shape === text);
}
