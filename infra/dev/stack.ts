import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { devSecrets } from "./dev-secrets.ts";
import { fixedPort, freePorts, isListening, requireFreePort } from "./ports.ts";
import { postgresPart, removePostgres } from "./postgres-part.ts";
import type { Progress } from "./progress.ts";
import { readableError } from "./readable-error.ts";
import { findRedisBinary, redisPart } from "./redis-part.ts";
import { createSupervisor, type PartSpec, type Supervisor } from "./supervisor.ts";
import { portVariable, STAND_IN_NAMES, STAND_INS, type StandInName } from "./stand-ins/vendors.ts";
import { findTemporalBinary } from "./temporal-binary.ts";
import { keepHistories, temporalPart } from "./temporal-part.ts";
import { type StandInUrls, vendorSettings } from "./vendor-settings.ts";

interface UsualPort {
  port: number;
  part: string;
  setting: string;
}

const SERVER_PORTS = {
  temporal: { port: 7233, part: "Temporal", setting: "PARLEY_DEV_TEMPORAL_PORT" },
  ui: { port: 8233, part: "the Temporal UI", setting: "PARLEY_DEV_UI_PORT" },
  postgres: { port: 55_432, part: "PostgreSQL", setting: "PARLEY_DEV_POSTGRES_PORT" },
  redis: { port: 56_379, part: "Redis", setting: "PARLEY_DEV_REDIS_PORT" },
  codec: { port: 8234, part: "the codec server", setting: "PARLEY_DEV_CODEC_PORT" },
} as const satisfies Readonly<Record<string, UsualPort>>;
type PortName = keyof typeof SERVER_PORTS | StandInName;

const PORTS = { ...SERVER_PORTS, ...standInPorts() } as Readonly<Record<PortName, UsualPort>>;

export interface StackOptions {
  dataDir: string;
  progress: Progress;
  /** "fixed" for a person, who bookmarks addresses; "free" for tests, which run beside each other. */
  ports: "fixed" | "free";
  fresh?: boolean;
}

export interface Stack extends Pick<Supervisor, "start" | "end" | "restart" | "pidOf"> {
  /** What our own processes need to find everything. */
  env: Record<string, string>;
  urls: StandInUrls & { temporalUi: string | null };
  stop(): Promise<void>;
}

/** Finds or gets, starts and watches the servers that Parley needs; what the environment names already is used as it is. */
export async function startStack({
  dataDir,
  progress,
  ports: mode,
  fresh = false,
}: StackOptions): Promise<Stack> {
  let supervisor: Supervisor | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o755 });
    supervisor = createSupervisor({
      dataDir,
      onLeftover: (name) => progress.note(`Ended ${name}, left over from a run that was killed`),
    });
    if (fresh) wipe(dataDir);
    return await startParts({ dataDir, progress, supervisor, ports: await choosePorts(mode) });
  } catch (error) {
    await supervisor?.endAll();
    throw readableError(error, dataDir);
  }
}

async function startParts({
  dataDir,
  progress,
  supervisor,
  ports,
}: {
  dataDir: string;
  progress: Progress;
  supervisor: Supervisor;
  ports: Record<PortName, number>;
}): Promise<Stack> {
  const given = process.env;
  const secrets = devSecrets(dataDir);
  const temporal = async () => {
    if (given["TEMPORAL_ADDRESS"]) return given["TEMPORAL_ADDRESS"];
    const part = {
      binary: await findTemporalBinary(progress),
      dbFile: join(dataDir, "temporal.db"),
      port: ports.temporal,
      uiPort: ports.ui,
      codecPort: ports.codec,
    };
    await supervisor.start(temporalPart(part));
    await keepHistories(part);
    return `127.0.0.1:${ports.temporal}`;
  };
  const postgres = async () => {
    if (given["DATABASE_URL"]) return given["DATABASE_URL"];
    const { spec, url } = postgresPart({ dataDir, port: ports.postgres });
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
    else await supervisor.start(redisPart({ binary, port: ports.redis, dir: join(dataDir, "redis") }));
    return binary === null ? null : `redis://127.0.0.1:${ports.redis}`;
  };
  const standIns = supervisor.start(standInPart(dataDir, ports, secrets));
  const [address, databaseUrl, redisUrl] = await Promise.all([temporal(), postgres(), redis(), standIns]);
  const urls = Object.fromEntries(
    STAND_IN_NAMES.map((name) => [name, `http://127.0.0.1:${ports[name]}`]),
  ) as StandInUrls;
  return {
    ...supervisor,
    urls: { ...urls, temporalUi: given["TEMPORAL_ADDRESS"] ? null : `http://127.0.0.1:${ports.ui}` },
    env: {
      ...definedOnly(given),
      ...vendorSettings(given, secrets, urls),
      TEMPORAL_ADDRESS: address,
      CODEC_SERVER_PORT: String(ports.codec),
      DATABASE_URL: databaseUrl,
      ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
    },
    stop: () => supervisor.endAll(),
  };
}

function standInPorts(): Record<string, UsualPort> {
  return Object.fromEntries(
    STAND_IN_NAMES.map((name) => {
      const { port, called: part } = STAND_INS[name];
      return [name, { port, part, setting: `PARLEY_DEV_${name.toUpperCase()}_PORT` }];
    }),
  );
}

function standInPart(
  dataDir: string,
  ports: Record<PortName, number>,
  secrets: Record<string, string>,
): PartSpec {
  const known = { ...secrets, ...definedOnly(process.env) };
  return {
    name: "stand-ins",
    command: process.execPath,
    args: [fileURLToPath(new URL("./stand-ins/main.ts", import.meta.url))],
    env: {
      ...known,
      ...Object.fromEntries(STAND_IN_NAMES.map((name) => [portVariable(name), String(ports[name])])),
      STAND_IN_DATA: join(dataDir, "stand-ins"),
      SINK_SECRETS: known["WEBHOOK_DELIVERY_SECRET"] ?? "",
    },
    isReady: async () =>
      (await Promise.all(STAND_IN_NAMES.map((name) => isListening(ports[name])))).every(Boolean),
  };
}

/** Fixed ports must be free, unless what would listen there is named by the environment and not started. */
async function choosePorts(mode: StackOptions["ports"]): Promise<Record<PortName, number>> {
  const free = mode === "free" ? await freePorts(Object.keys(PORTS).length) : [];
  const chosen: [string, number][] = [];
  for (const [name, { port, part, setting }] of Object.entries(PORTS)) {
    const wanted = free.pop() ?? fixedPort(setting, port);
    const external = {
      temporal: "TEMPORAL_ADDRESS",
      ui: "TEMPORAL_ADDRESS",
      postgres: "DATABASE_URL",
      redis: "REDIS_URL",
    }[name];
    if (mode === "fixed" && !(external && process.env[external]))
      await requireFreePort(wanted, { part, setting });
    chosen.push([name, wanted]);
  }
  return Object.fromEntries(chosen) as Record<PortName, number>;
}

function wipe(dataDir: string): void {
  removePostgres(dataDir);
  for (const name of [
    "temporal.db",
    "temporal.db-wal",
    "temporal.db-shm",
    "redis",
    "stand-ins",
    "secrets.json",
  ]) {
    rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
