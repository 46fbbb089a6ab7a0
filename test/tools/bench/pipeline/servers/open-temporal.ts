import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Progress } from "../../../../../infra/sandbox/progress.ts";
import type { Sandbox } from "../../../../../infra/sandbox/sandbox.ts";
import { findTemporalBinary } from "../../../../../infra/sandbox/programs/temporal-binary.ts";
import {
  findTemporalServer,
  TEMPORAL_SERVER_VERSION,
} from "../../../../../infra/sandbox/programs/temporal-server-binary.ts";
import {
  createNamespace,
  createTemporalServerService,
} from "../../../../../infra/sandbox/services/temporal-server-service.ts";
import type { ServerKind } from "../../benchmark.ts";

const run = promisify(execFile);
const PARTIAL_INDEXES = fileURLToPath(
  new URL("../../../../../infra/deploy/temporal/partial-indexes.ts", import.meta.url),
);

export interface BenchTemporal {
  /** The name of its service in the sandbox. */
  service: string;
  address: string;
  about: string;
  close(): Promise<void>;
}

export interface ServerVariant {
  name: string;
  env?: Readonly<Record<string, string>>;
  dynamicConfigFile?: string;
  /** Those of `infra/deploy/temporal/partial-indexes.ts`. */
  hasPartialIndexes?: boolean;
}

/** Opens the development server of the sandbox, or a production server of Temporal on the PostgreSQL of the sandbox with the shipped configuration. */
export async function openTemporal(
  sandbox: Sandbox,
  { server, progress }: { server: ServerKind; progress: Progress },
): Promise<BenchTemporal> {
  if (server === "dev")
    return {
      service: "temporal",
      address: sandbox.env["TEMPORAL_ADDRESS"] ?? "",
      about: "temporal server start-dev on SQLite",
      close: async () => undefined,
    };
  const variant = { name: "temporal-server", hasPartialIndexes: server === "postgres-partial" };
  return await openTemporalServer(sandbox, variant, progress);
}

/** The name of a variant is the name of its databases. */
export async function openTemporalServer(
  sandbox: Sandbox,
  variant: ServerVariant,
  progress: Progress,
): Promise<BenchTemporal> {
  const programs = await findTemporalServer(progress);
  const postgresUrl = sandbox.env["DATABASE_URL"] ?? "";
  const { spec, address, databases } = await createTemporalServerService({
    programs,
    postgresUrl,
    ...variant,
  });
  await sandbox.start(spec);
  await createNamespace(await findTemporalBinary(progress), address);
  if (variant.hasPartialIndexes === true) await makeIndexesPartial(postgresUrl, databases.visibility);
  return {
    service: variant.name,
    address,
    about: `Temporal server ${TEMPORAL_SERVER_VERSION} on PostgreSQL, infra/deploy/temporal/${variant.hasPartialIndexes === true ? ", with partial visibility indexes" : ""}`,
    close: () => sandbox.end(variant.name),
  };
}

async function makeIndexesPartial(postgresUrl: string, database: string): Promise<void> {
  const { hostname, port, username, password } = new URL(postgresUrl);
  const connection = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password };
  await run(process.execPath, [PARTIAL_INDEXES, "--apply"], {
    env: { ...process.env, ...connection, PGDATABASE: database },
  });
}
