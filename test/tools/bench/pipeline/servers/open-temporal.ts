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
}

/** Opens the development server of the sandbox, or a production server of Temporal on the PostgreSQL of the sandbox with the shipped configuration. */
export async function openTemporal(
  sandbox: Sandbox,
  { server, progress }: { server: ServerKind; progress: Progress },
): Promise<BenchTemporal> {
  if (server === "postgres") return await openTemporalServer(sandbox, { name: "temporal-server" }, progress);
  return {
    service: "temporal",
    address: sandbox.env["TEMPORAL_ADDRESS"] ?? "",
    about: "temporal server start-dev on SQLite",
    close: async () => undefined,
  };
}

/** The name of a variant is the name of its databases. */
export async function openTemporalServer(
  sandbox: Sandbox,
  variant: ServerVariant,
  progress: Progress,
): Promise<BenchTemporal> {
  const programs = await findTemporalServer(progress);
  const { spec, address } = await createTemporalServerService({
    programs,
    postgresUrl: sandbox.env["DATABASE_URL"] ?? "",
    ...variant,
  });
  await sandbox.start(spec);
  await createNamespace(await findTemporalBinary(progress), address);
  return {
    service: variant.name,
    address,
    about: `Temporal server ${TEMPORAL_SERVER_VERSION} on PostgreSQL, infra/deploy/temporal/`,
    close: () => sandbox.end(variant.name),
  };
}
