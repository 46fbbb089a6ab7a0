import { Queue, type Job, Worker } from "bullmq";
import type { OpenContestant } from "../pipeline/contestants/contestant.ts";
import { STEP_NAMES, type StepName, type StepResult } from "../pipeline/steps.ts";

interface JobData {
  id: string;
  done: Partial<Record<StepName, StepResult>>;
}

/** More than the maximum in flight, so that this limit has no effect. */
const CONCURRENCY = 500;

/** One job per message. The result of a step is saved in the job, and a second attempt skips saved steps. */
export const openBullMq: OpenContestant = async ({ redisUrl }, steps) => {
  const connection = { url: redisUrl };
  const ended = new Map<string, () => void>();
  const run = async (job: Job<JobData>) => {
    const { id, done } = job.data;
    for (const step of STEP_NAMES) {
      if (done[step] !== undefined) continue;
      done[step] = await steps.run(step, id);
      await job.updateData({ id, done });
    }
  };
  const queue = new Queue<JobData>("messages", { connection });
  const worker = new Worker<JobData>("messages", run, { connection, concurrency: CONCURRENCY });
  worker.on("completed", ({ data }) => ended.get(data.id)?.());
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return {
    async handle(id) {
      const end = new Promise<void>((resolve) => ended.set(id, resolve));
      await queue.add("message", { id, done: {} }, { jobId: `m${id}` });
      await end;
      ended.delete(id);
    },
    async close() {
      await worker.close();
      await queue.close();
    },
  };
};
