import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSandboxSecrets } from "./sandbox-secrets.ts";
import { isListening, type PortUse } from "./ports.ts";
import { createPostgresService, removePostgres } from "./services/postgres-service.ts";
import type { Progress } from "./progress.ts";
import { toReadableError } from "./readable-error.ts";
import { findRedisBinary, createRedisService } from "./services/redis-service.ts";
import { createSupervisor, type ServiceSpec, type Supervisor } from "./processes/supervisor.ts";
import { portVariable, FAKE_NAMES } from "./fakes/registry.ts";
import { choosePorts, type PortName } from "./sandbox-ports.ts";
import { findTemporalBinary } from "./programs/temporal-binary.ts";
import { setRetention, createTemporalService } from "./services/temporal-service.ts";
import { type FakeUrls, createVendorSettings } from "./vendor-settings.ts";

export interface SandboxOptions {
  dataDir: string;
  progress: Progress;
  /** "fixed" for a developer, who bookmarks addresses; "free" for tests, which run in parallel. */
  ports: "fixed" | "free";
  /** Fixed ports that the caller needs later: they are checked together with those of the sandbox. */
  otherPorts?: readonly PortUse[];
  fresh?: boolean;
}

export interface Sandbox extends Pick<Supervisor, "start" | "end" | "restart" | "pidOf"> {
  /** The environment of our own processes, with the addresses of all servers. */
  env: Record<string, string>;
  urls: FakeUrls & { temporalUi: string | null };
  stop(): Promise<void>;
}

/** Installs (if necessary) and starts the servers that Parley needs. A server that the environment names is used as it is. */
export async function startSandbox({
  dataDir,
  progress,
  ports: mode,
  otherPorts,
  fresh = false,
}: SandboxOptions): Promise<Sandbox> {
  let supervisor: Supervisor | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o711 });
    // PostgreSQL may run as another user, who must be able to pass through. Other users cannot list it.
    chmodSync(dataDir, 0o711);
    supervisor = createSupervisor({
      dataDir,
      onLeftover: (name) => progress.note(`Ended ${name}, left over from a run that was killed`),
    });
    if (fresh) wipe(dataDir);
    return await startServices({ dataDir, progress, supervisor, ports: await choosePorts(mode, otherPorts) });
  } catch (error) {
    await supervisor?.endAll();
    throw toReadableError(error, dataDir);
  }
}

async function startServices({
  dataDir,
  progress,
  supervisor,
  ports,
}: {
  dataDir: string;
  progress: Progress;
  supervisor: Supervisor;
  ports: Record<PortName, number>;
}): Promise<Sandbox> {
  const given = process.env;
  const secrets = loadSandboxSecrets(dataDir);
  const temporal = async () => {
    if (given["TEMPORAL_ADDRESS"]) return given["TEMPORAL_ADDRESS"];
    const service = {
      binary: await findTemporalBinary(progress),
      dbFile: join(dataDir, "temporal.db"),
      port: ports.temporal,
      uiPort: ports.ui,
      codecEndpoint: `http://127.0.0.1:${ports.codec}/${secrets["CODEC_SERVER_TOKEN"]}`,
    };
    await supervisor.start(createTemporalService(service));
    // The server makes its files readable for all users of the machine.
    for (const suffix of ["", "-wal", "-shm"]) hideFile(service.dbFile + suffix);
    await setRetention(service);
    return `127.0.0.1:${ports.temporal}`;
  };
  const postgres = async () => {
    if (given["DATABASE_URL"]) return given["DATABASE_URL"];
    const { spec, url } = createPostgresService({ dataDir, port: ports.postgres });
    await supervisor.start(spec);
    return url;
  };
  const redis = async () => {
    if (given["REDIS_URL"]) return given["REDIS_URL"];
    const binary = await findRedisBinary(progress);
    if (binary === null)
      progress.note(
        "Redis: absent, so rate limits are kept by each process alone and nothing is cached (set REDIS_URL or install redis-server)",
      );
    else
      await supervisor.start(createRedisService({ binary, port: ports.redis, dir: join(dataDir, "redis") }));
    return binary === null ? null : `redis://127.0.0.1:${ports.redis}`;
  };
  const fakes = supervisor.start(createFakesService(dataDir, ports, secrets));
  const [address, databaseUrl, redisUrl] = await Promise.all([temporal(), postgres(), redis(), fakes]);
  const urls = Object.fromEntries(
    FAKE_NAMES.map((name) => [name, `http://127.0.0.1:${ports[name]}`]),
  ) as FakeUrls;
  return {
    ...supervisor,
    urls: { ...urls, temporalUi: given["TEMPORAL_ADDRESS"] ? null : `http://127.0.0.1:${ports.ui}` },
    env: {
      ...omitUndefined(given),
      ...createVendorSettings(given, secrets, urls),
      TEMPORAL_ADDRESS: address,
      // Tests, campaigns and benchmarks count the calls of messages, and a check at the start of a process would be one more.
      PARLEY_CHECK_AT_START: given["PARLEY_CHECK_AT_START"] ?? "false",
      ...(given["TEMPORAL_ADDRESS"] ? {} : { PARLEY_TEMPORAL_UI_URL: `http://127.0.0.1:${ports.ui}` }),
      CODEC_SERVER_PORT: String(ports.codec),
      CODEC_SERVER_TOKEN: secrets["CODEC_SERVER_TOKEN"] ?? "",
      DATABASE_URL: databaseUrl,
      ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    },
    stop: () => supervisor.endAll(),
  };
}

function hideFile(path: string): void {
  if (existsSync(path)) chmodSync(path, 0o600);
}

function createFakesService(
  dataDir: string,
  ports: Record<PortName, number>,
  secrets: Record<string, string>,
): ServiceSpec {
  const environment = { ...secrets, ...omitUndefined(process.env) };
  return {
    name: "fakes",
    command: process.execPath,
    args: [fileURLToPath(new URL("./fakes/main.ts", import.meta.url))],
    env: {
      ...environment,
      ...Object.fromEntries(FAKE_NAMES.map((name) => [portVariable(name), String(ports[name])])),
      FAKE_DATA: join(dataDir, "fakes"),
    },
    isReady: async () =>
      (await Promise.all(FAKE_NAMES.map((name) => isListening(ports[name])))).every(Boolean),
  };
}

function wipe(dataDir: string): void {
  removePostgres(dataDir);
  for (const name of [
    "temporal.db",
    "temporal.db-wal",
    "temporal.db-shm",
    "redis",
    "fakes",
    "secrets.json",
  ]) {
    rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

function omitUndefined(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
