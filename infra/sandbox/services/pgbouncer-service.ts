import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isListening } from "../ports.ts";
import type { ServiceSpec } from "../processes/supervisor.ts";
import { UNPRIVILEGED } from "./postgres-service.ts";

export interface PgBouncerOptions {
  binary: string;
  dir: string;
  port: number;
  /** The URL of a database of the server. The user of it is the user of the pooler. */
  postgresUrl: string;
  /** Settings of pgbouncer.ini, which replace ours. */
  settings?: Readonly<Record<string, string>>;
}

/** A pooler before a PostgreSQL server, for all of its databases. */
export function createPgBouncerService(options: PgBouncerOptions): ServiceSpec {
  const { binary, dir, port, postgresUrl } = options;
  const { hostname, port: serverPort, username } = new URL(postgresUrl);
  const [config, users] = [join(dir, "pgbouncer.ini"), join(dir, "users.txt")];
  const settings = {
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "trust",
    auth_file: users,
    ...options.settings,
  };
  mkdirSync(dir, { recursive: true });
  writeFileSync(users, `"${username}" ""\n`);
  writeFileSync(
    config,
    [
      "[databases]",
      `* = host=${hostname} port=${serverPort}`,
      "[pgbouncer]",
      ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
      "",
    ].join("\n"),
  );
  // PgBouncer refuses to run as root, so another user reads the files, who may not pass through root's cache.
  chmodSync(dir, 0o755);
  const program = join(dir, "pgbouncer");
  copyFileSync(binary, program);
  chmodSync(program, 0o755);
  return {
    name: `pgbouncer-${port}`,
    command: program,
    args: [config],
    ...(process.getuid?.() === 0 ? UNPRIVILEGED : {}),
    endWith: "SIGTERM",
    isReady: () => isListening(port),
  };
}
