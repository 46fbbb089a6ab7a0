import { join } from "node:path";
import { withBuildLock } from "./build-lock.ts";
import { installWithGo } from "./install-with-go.ts";
import { type Environment, isProgram } from "./run-program.ts";
import type { Progress } from "../progress.ts";
import { UserError } from "../../runtime/errors.ts";
import { startReaper } from "../processes/start-reaper.ts";
import { cacheFolder, makeCacheFolder } from "./temporal-binary.ts";

/** The same minor version as the image in `docker-compose.yml`. */
export const TEMPORAL_SERVER_VERSION = "1.30.8";
const MODULES = "go.temporal.io/server/cmd";

export interface TemporalServerPrograms {
  server: string;
  /** The tool that creates the schema. */
  sql: string;
}

/** Temporal's server and its tool for SQL databases, built with Go into our cache. The first call takes minutes. */
export async function findTemporalServer(
  progress: Progress,
  env: Environment = process.env,
): Promise<TemporalServerPrograms> {
  const folder = cacheFolder(env);
  const programs = {
    server: join(folder, `temporal-server-${TEMPORAL_SERVER_VERSION}`),
    sql: join(folder, `temporal-sql-${TEMPORAL_SERVER_VERSION}`),
  };
  const isThere = () => isProgram(programs.server) && isProgram(programs.sql);
  if (isThere()) return programs;
  makeCacheFolder(folder);
  const onWait = () => progress.step("Temporal's server: waiting for another process that builds it");
  return await withBuildLock({ path: `${programs.server}.lock`, onWait }, async () => {
    // The previous owner of the lock has built them.
    if (!isThere()) await build(programs, progress, env);
    return programs;
  });
}

async function build(programs: TemporalServerPrograms, progress: Progress, env: Environment): Promise<void> {
  const reaper = startReaper();
  const at = `@v${TEMPORAL_SERVER_VERSION}`;
  progress.step("Temporal's server for PostgreSQL: building it with Go, usually about 4 minutes, only once");
  try {
    await installWithGo(
      [
        { module: `${MODULES}/server${at}`, program: "server", target: programs.server },
        { module: `${MODULES}/tools/sql${at}`, program: "sql", target: programs.sql },
      ],
      { progress, env, reaper },
    );
  } catch (error) {
    if (error instanceof UserError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `Temporal's server for PostgreSQL cannot be built (${why}): install Go 1.25 or newer, with access to its module proxy.`,
    );
  } finally {
    reaper.close();
  }
}
