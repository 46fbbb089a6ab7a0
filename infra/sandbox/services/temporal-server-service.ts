import { Connection } from "@temporalio/client";
import pg from "pg";
import { SEARCH_ATTRIBUTES } from "../../../workflows/names.ts";
import { freePorts } from "../ports.ts";
import type { ServiceSpec } from "../processes/supervisor.ts";
import { runProgram } from "../programs/run-program.ts";
import { isServingNamespace, RETENTION_HOURS } from "./temporal-service.ts";
import type { TemporalServerPrograms } from "../programs/temporal-server-binary.ts";
import { DYNAMIC_CONFIG_FILE, readServerEnvironment } from "./temporal-settings.ts";

export interface TemporalServerOptions {
  programs: TemporalServerPrograms;
  /** A database on the server where the new databases are created. */
  postgresUrl: string;
  /** The name of the service and of its two databases. */
  name: string;
  /** Overrides `infra/deploy/temporal/`: a benchmark compares settings. */
  env?: Readonly<Record<string, string>>;
  dynamicConfigFile?: string;
}

const SCHEMAS = { temporal: "temporal", visibility: "visibility" } as const;

/** Temporal's server as in docker-compose.yml: the same static and dynamic configuration, on PostgreSQL. Creates its databases. */
export async function createTemporalServerService(options: TemporalServerOptions): Promise<{
  spec: ServiceSpec;
  address: string;
  databases: { temporal: string; visibility: string };
}> {
  const { name, programs, postgresUrl, dynamicConfigFile = DYNAMIC_CONFIG_FILE } = options;
  const env = { ...readServerEnvironment(), ...options.env };
  const postgres = new URL(postgresUrl);
  const databases = {
    temporal: name.replaceAll("-", "_"),
    visibility: `${name.replaceAll("-", "_")}_visibility`,
  };
  for (const [schema, database] of Object.entries(databases))
    await createDatabase(database, SCHEMAS[schema as keyof typeof SCHEMAS], { programs, postgres });
  const ports = await choosePorts();
  const address = `127.0.0.1:${ports["FRONTEND_GRPC_PORT"]}`;
  const spec = {
    name,
    command: programs.server,
    args: ["--allow-no-auth", "start"],
    env: {
      ...(process.env as Record<string, string>),
      ...env,
      ...ports,
      POSTGRES_SEEDS: postgres.hostname,
      DB_PORT: postgres.port,
      POSTGRES_USER: postgres.username,
      POSTGRES_PWD: postgres.password,
      DBNAME: databases.temporal,
      VISIBILITY_DBNAME: databases.visibility,
      BIND_ON_IP: "127.0.0.1",
      DYNAMIC_CONFIG_FILE_PATH: dynamicConfigFile,
    },
    isReady: () => isServing(address),
  };
  return { spec, address, databases };
}

/** Creates the namespace and the search attributes that Parley needs, with the `temporal` program. */
export async function createNamespace(cli: string, address: string): Promise<void> {
  const at = ["--address", address];
  const operator = (...args: string[]) => runProgram(cli, ["operator", ...args, ...at], process.env);
  await operator("namespace", "create", "--namespace", "default", "--retention", `${RETENTION_HOURS}h`);
  const deadline = Date.now() + 30_000;
  // The services of the server see the new namespace at different times.
  while (!(await isServingNamespace(address).catch(() => false)) && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 200));
  const attributes = SEARCH_ATTRIBUTES.flatMap((each) => ["--name", each, "--type", "Keyword"]);
  await operator("search-attribute", "create", "--namespace", "default", ...attributes);
}

const PORTS = ["FRONTEND_GRPC", "FRONTEND_HTTP", "MATCHING_GRPC", "HISTORY_GRPC", "WORKER_GRPC"] as const;
const MEMBERSHIP = ["FRONTEND", "MATCHING", "HISTORY", "WORKER"] as const;

async function choosePorts(): Promise<Record<string, string>> {
  const names = [
    ...PORTS.map((each) => `${each}_PORT`),
    ...MEMBERSHIP.map((each) => `${each}_MEMBERSHIP_PORT`),
  ];
  const ports = await freePorts(names.length);
  return Object.fromEntries(names.map((each, i) => [each, String(ports[i])]));
}

async function createDatabase(
  name: string,
  schema: string,
  { programs, postgres }: { programs: TemporalServerPrograms; postgres: URL },
): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.href });
  // Not logged: the statement under way fails too.
  client.on("error", () => undefined);
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const { hostname, port, username, password } = postgres;
  const server = ["--endpoint", hostname, "--port", port, "--user", username, "--password", password];
  const tool = (...args: string[]) =>
    runProgram(
      programs.sql,
      ["--plugin", "postgres12_pgx", ...server, "--database", name, ...args],
      process.env,
    );
  await tool("setup-schema", "--version", "0.0");
  await tool("update-schema", "--schema-name", `postgresql/v12/${schema}`);
}

async function isServing(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 500 });
  await connection.close();
  return true;
}
