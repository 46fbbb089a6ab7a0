import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../infra/sandbox/ports.ts";
import { createSupervisor } from "../../../infra/sandbox/processes/supervisor.ts";
import { findLaterPgBouncer, findPgBouncer } from "../../../infra/sandbox/programs/pgbouncer-binary.ts";
import { consoleProgress } from "../../../infra/sandbox/progress.ts";
import { createPgBouncerService } from "../../../infra/sandbox/services/pgbouncer-service.ts";

/** Servers of one test file, which its end stops, in a folder of their own. */
export function openServices() {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-services-"));
  // Some servers run as another user, who must be able to pass through.
  chmodSync(dataDir, 0o711);
  const supervisor = createSupervisor({ dataDir, onLeftover: () => undefined });
  return {
    ...supervisor,
    dataDir,
    async close(): Promise<void> {
      await supervisor.endAll();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export type Services = ReturnType<typeof openServices>;

export const POOLERS = {
  "PgBouncer of Debian, without names": { find: findPgBouncer, hasNames: false },
  "a later PgBouncer, with names": { find: findLaterPgBouncer, hasNames: true },
} as const;

/** Starts a pooler before the server of a database. Returns what changes the URL of a database of that server into one through the pooler. */
export async function startPooler(
  services: Services,
  {
    find,
    postgresUrl,
    settings = {},
  }: {
    find: (typeof POOLERS)[keyof typeof POOLERS]["find"];
    postgresUrl: string;
    settings?: Record<string, string>;
  },
): Promise<(databaseUrl: string) => string> {
  const port = await freePort();
  const binary = await find(consoleProgress());
  const dir = join(services.dataDir, `pgbouncer-${port}`);
  await services.start(createPgBouncerService({ binary, dir, port, postgresUrl, settings }));
  return (databaseUrl) => {
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${port}`;
    return url.href;
  };
}
