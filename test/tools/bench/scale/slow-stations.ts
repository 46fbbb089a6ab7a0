import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { delayModel } from "../installation/model-delay.ts";
import { openPostgresSettings } from "../server-settings/postgres-settings.ts";
import type { ThreadDelays } from "./slow-thread.ts";

/** The extra time of a message, by station, ms. */
export interface Slowing {
  ingress: number;
  worker: number;
  /** CPU time in a process that has no other limit. */
  cores: number;
  /** In each transaction that locks a slot of a budget. */
  slot: number;
  model: number;
  /** Of each synced commit. */
  commit: number;
}

const NONE: Slowing = { ingress: 0, worker: 0, cores: 0, slot: 0, model: 0, commit: 0 };
const PRELOAD = fileURLToPath(new URL("./slow-thread.ts", import.meta.url));
/** Longer than the processes take to read the file again. */
const EFFECTIVE_MS = 500;
const CALIBRATED_STEPS = 200_000;
const CALIBRATIONS = 5;

/** Triggers that use CPU time where a message is stored, and that hold the lock of a budget's slot. */
const TRIGGERS = `
  CREATE TABLE bench_slow (burn int NOT NULL, hold_s float8 NOT NULL);
  INSERT INTO bench_slow VALUES (0, 0);
  CREATE FUNCTION bench_burn() RETURNS trigger LANGUAGE plpgsql SET jit = off AS $$
    BEGIN PERFORM count(*) FROM bench_slow, generate_series(1, burn); RETURN NEW; END $$;
  CREATE FUNCTION bench_hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(hold_s) FROM bench_slow WHERE hold_s > 0; RETURN NEW; END $$;
  CREATE TRIGGER bench_burn BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION bench_burn();
  CREATE TRIGGER bench_hold AFTER UPDATE ON budget_slots FOR EACH ROW EXECUTE FUNCTION bench_hold();`;

/** Slows one station of an installation at a time. `env` is for its processes; `open` follows the migration of its database. */
export function createSlowStations(sandbox: Sandbox, dataDir: string) {
  const file = join(dataDir, "slow-threads.json");
  const writeDelays = (delays: ThreadDelays) => {
    // A process that reads must never find a half of the file.
    writeFileSync(`${file}.new`, JSON.stringify(delays));
    renameSync(`${file}.new`, file);
  };
  writeDelays(NONE);
  return {
    env: { NODE_OPTIONS: `--import=${PRELOAD}`, BENCH_SLOW_FILE: file },
    async open(databaseUrl: string) {
      const client = new pg.Client({ connectionString: databaseUrl, application_name: "parley-bench" });
      // Not logged: the query that is under way fails too.
      client.on("error", () => undefined);
      await client.connect();
      await client.query(TRIGGERS);
      const stepsPerMs = CALIBRATED_STEPS / (await measureSteps(client));
      const postgres = openPostgresSettings(databaseUrl);
      let restoreCommits = async () => undefined as void;
      return {
        /** Stations that are not named run at their own speed again. */
        async slow(slowing: Partial<Slowing>): Promise<void> {
          const { ingress, worker, cores, slot, model, commit } = { ...NONE, ...slowing };
          await restoreCommits();
          writeDelays({ ingress, worker });
          await client.query("UPDATE bench_slow SET burn = $1, hold_s = $2", [
            Math.round(cores * stepsPerMs),
            slot / 1000,
          ]);
          await delayModel(sandbox, model);
          restoreCommits =
            commit === 0
              ? async () => undefined
              : await postgres.set({ commit_delay: String(commit * 1000), commit_siblings: "0" });
          await sleep(EFFECTIVE_MS);
        },
        async close(): Promise<void> {
          await restoreCommits();
          await postgres.close();
          await client.end();
        },
      };
    },
  };
}

export type SlowStations = Awaited<ReturnType<ReturnType<typeof createSlowStations>["open"]>>;

/** The fastest of several runs, because another program may have interrupted the others. */
async function measureSteps(client: pg.Client): Promise<number> {
  await client.query("SET jit = off");
  const times: number[] = [];
  for (let i = 0; i < CALIBRATIONS; i++) {
    const begin = performance.now();
    await client.query(
      "SELECT count(*) FROM (VALUES ($1::int)) AS slow (burn), generate_series(1, slow.burn)",
      [CALIBRATED_STEPS],
    );
    times.push(performance.now() - begin);
  }
  return Math.min(...times);
}
