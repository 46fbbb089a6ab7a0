import { FAKE_NAMES, FAKES, type FakeName } from "./fakes/registry.ts";
import { freePorts, type PortUse, readFixedPort, requireFreePorts } from "./ports.ts";
import { UserError } from "../runtime/errors.ts";

interface DefaultPort {
  port: number;
  service: string;
  setting: string;
}

/** Below 32768, where Linux begins to give ports to outgoing connections: one of those would prevent the start. */
const SERVER_PORTS = {
  temporal: { port: 7233, service: "Temporal", setting: "PARLEY_DEV_TEMPORAL_PORT" },
  ui: { port: 8233, service: "the Temporal UI", setting: "PARLEY_DEV_UI_PORT" },
  postgres: { port: 15_432, service: "PostgreSQL", setting: "PARLEY_DEV_POSTGRES_PORT" },
  redis: { port: 16_379, service: "Redis", setting: "PARLEY_DEV_REDIS_PORT" },
  codec: { port: 8234, service: "the codec server", setting: "PARLEY_DEV_CODEC_PORT" },
} as const satisfies Readonly<Record<string, DefaultPort>>;

export type PortName = keyof typeof SERVER_PORTS | FakeName;

/** The default port of each server of the sandbox, and the setting that changes it. */
export const SANDBOX_PORTS = { ...SERVER_PORTS, ...listFakePorts() } as Readonly<
  Record<PortName, DefaultPort>
>;

/** With one of these settings an existing server is used, so nothing listens on the port. */
const EXTERNAL: Readonly<Partial<Record<PortName, string>>> = {
  temporal: "TEMPORAL_ADDRESS",
  ui: "TEMPORAL_ADDRESS",
  postgres: "DATABASE_URL",
  redis: "REDIS_URL",
};

/** "fixed": the ports of the settings, all of which must be free, with `others` of the caller. "free": any free ports. */
export async function choosePorts(
  mode: "fixed" | "free",
  others: readonly PortUse[] = [],
): Promise<Record<PortName, number>> {
  const names = Object.keys(SANDBOX_PORTS) as PortName[];
  if (mode === "free") {
    const free = await freePorts(names.length);
    return Object.fromEntries(names.map((name, i) => [name, free[i]])) as Record<PortName, number>;
  }
  rejectUnknownSettings();
  const uses = names.map((name) => {
    const { port, service, setting } = SANDBOX_PORTS[name];
    return { name, service, setting, port: readFixedPort(setting, port) };
  });
  const started = uses.filter(({ name }) => !process.env[EXTERNAL[name] ?? ""]);
  await requireFreePorts([...started, ...others]);
  return Object.fromEntries(uses.map(({ name, port }) => [name, port])) as Record<PortName, number>;
}

/** A misspelt setting would otherwise have no effect and no message. */
function rejectUnknownSettings(): void {
  const known = Object.values(SANDBOX_PORTS).map(({ setting }) => setting);
  const unknown = Object.keys(process.env).filter(
    (name) => name.startsWith("PARLEY_DEV_") && !known.includes(name),
  );
  if (unknown.length === 0) return;
  throw new UserError(
    `${unknown.join(", ")}: no such setting. The ports of the demo are ${known.join(", ")}.`,
  );
}

function listFakePorts(): Record<string, DefaultPort> {
  return Object.fromEntries(
    FAKE_NAMES.map((name) => {
      const { port, label: service } = FAKES[name];
      return [name, { port, service, setting: `PARLEY_DEV_${name.toUpperCase()}_PORT` }];
    }),
  );
}
