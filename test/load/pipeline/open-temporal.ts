import type { Progress } from "../../../infra/dev/progress.ts";
import type { Stack } from "../../../infra/dev/stack.ts";
import { findTemporalBinary } from "../../../infra/dev/temporal-binary.ts";
import { findTemporalServer, TEMPORAL_SERVER_VERSION } from "../../../infra/dev/temporal-server-binary.ts";
import { makeNamespace, temporalServerPart } from "../../../infra/dev/temporal-server-part.ts";
import type { ServerKind } from "../benchmark.ts";

export interface BenchTemporal {
  /** Of the stack, for its process. */
  part: string;
  address: string;
  about: string;
  close(): Promise<void>;
}

export interface ServerVariant {
  name: string;
  env?: Readonly<Record<string, string>>;
  dynamicConfigFile?: string;
}

/** The development server of the stack, or Temporal's own on the stack's Postgres, configured as it is shipped. */
export async function openTemporal(
  stack: Stack,
  { server, progress }: { server: ServerKind; progress: Progress },
): Promise<BenchTemporal> {
  if (server === "postgres") return await openTemporalServer(stack, { name: "temporal-server" }, progress);
  return {
    part: "temporal",
    address: stack.env["TEMPORAL_ADDRESS"] ?? "",
    about: "temporal server start-dev on SQLite",
    close: async () => undefined,
  };
}

/** A variant gets databases of its own, by its name. */
export async function openTemporalServer(
  stack: Stack,
  variant: ServerVariant,
  progress: Progress,
): Promise<BenchTemporal> {
  const programs = await findTemporalServer(progress);
  const { spec, address } = await temporalServerPart({
    programs,
    postgresUrl: stack.env["DATABASE_URL"] ?? "",
    ...variant,
  });
  await stack.start(spec);
  await makeNamespace(await findTemporalBinary(progress), address);
  return {
    part: variant.name,
    address,
    about: `Temporal server ${TEMPORAL_SERVER_VERSION} on PostgreSQL, infra/temporal/`,
    close: () => stack.end(variant.name),
  };
}
