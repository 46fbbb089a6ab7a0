import { run } from "graphile-worker";
import pg from "pg";
import type { OpenContestant } from "../pipeline/contestants/contestant.ts";
import { STEP_NAMES } from "../pipeline/steps.ts";

/** More than the maximum in flight, so that this limit has no effect. */
const CONCURRENCY = 500;
const CONNECTIONS = 20;

/** One job per message, fetched and completed in batches. The result of a step is a row, and a second attempt skips saved steps. */
export const openGraphileWorker: OpenContestant = async ({ databaseUrl }, steps) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  await pool.query(
    "CREATE TABLE steps (message text NOT NULL, step text NOT NULL, result jsonb NOT NULL, PRIMARY KEY (message, step))",
  );
  const ended = new Map<string, () => void>();
  const doneOf = async (id: string) => {
    const text = "SELECT step FROM steps WHERE message = $1";
    const { rows } = await pool.query<{ step: string }>({ name: "done", text, values: [id] });
    return new Set(rows.map(({ step }) => step));
  };
  const message = async (payload: unknown) => {
    const { id } = payload as { id: string };
    const done = await doneOf(id);
    for (const step of STEP_NAMES) {
      if (done.has(step)) continue;
      const values = [id, step, JSON.stringify(await steps.run(step, id))];
      await pool.query({ name: "save", text: "INSERT INTO steps VALUES ($1, $2, $3)", values });
    }
  };
  const runner = await run({
    pgPool: pool,
    noHandleSignals: true,
    taskList: { message },
    preset: {
      worker: {
        concurrentJobs: CONCURRENCY,
        localQueue: { size: CONCURRENCY },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  });
  runner.events.on("job:complete", ({ job }) => ended.get(job.key ?? "")?.());
  return {
    async handle(id) {
      const end = new Promise<void>((resolve) => ended.set(id, resolve));
      await runner.addJob("message", { id }, { jobKey: id });
      await end;
      ended.delete(id);
    },
    async close() {
      await runner.stop();
      await pool.end();
    },
  };
};
