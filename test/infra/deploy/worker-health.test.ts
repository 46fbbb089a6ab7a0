import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, it } from "vitest";
import { freePort } from "../../../infra/sandbox/ports.ts";
import { serviceOf } from "./compose-file.ts";

/** Temporal's port as /proc/net/tcp writes it. */
const TEMPORAL_PORT = ":1C41 ";

it.runIf(process.platform === "linux")(
  "a worker is healthy with a connection to Temporal, and not with a port that only listens",
  async () => {
    const port = await freePort();
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    expect(healthCheck(port)).not.toBe(0);
    const client = connect(port, "127.0.0.1");
    await once(client, "connect");
    expect(healthCheck(port)).toBe(0);
    client.destroy();
    server.close();
  },
);

/** The command of docker-compose.yml, looking for another port. */
function healthCheck(port: number): number | null {
  const [, command = "", ...args] = serviceOf("worker").healthcheck?.test ?? [];
  expect(args.join()).toContain(TEMPORAL_PORT);
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return spawnSync(
    command,
    args.map((arg) => arg.replace(TEMPORAL_PORT, `:${hex} `)),
  ).status;
}
