import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePorts, isListening } from "../ports.ts";
import type { ServiceSpec } from "../processes/supervisor.ts";

const SLOTS = 16_384;
const NODES = 3;

interface Options {
  binary: string;
  dir: string;
  /** More arguments of each server, such as those of TLS. */
  args?: readonly string[];
}

export interface RedisNode {
  port: number;
  spec: ServiceSpec;
}

/** A server without persistence, in a folder of its own. With `conf` its settings are a file, which the server may rewrite. */
function createNode(
  { binary, dir, args = [] }: Options,
  { name, port }: { name: string; port: number },
): RedisNode {
  const folder = join(dir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const common = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  return {
    port,
    spec: {
      name: `redis-${name}-${port}`,
      command: binary,
      args: ["--port", String(port), ...common, ...args],
      isReady: () => isListening(port),
    },
  };
}

export interface ClusterNode extends RedisNode {
  /** For the other nodes. */
  busPort: number;
}

/** The nodes of a cluster. `joinCluster` makes one of them when all run. */
export async function createClusterNodes(options: Options): Promise<ClusterNode[]> {
  const ports = await freePorts(NODES * 2);
  return ports.slice(0, NODES).map((port, index) => {
    const busPort = ports[NODES + index] ?? 0;
    const cluster = ["--cluster-enabled", "yes", "--cluster-port", String(busPort)];
    // A node that lost another one still serves its own slots.
    const args = [...(options.args ?? []), ...cluster, "--cluster-require-full-coverage", "no"];
    return { ...createNode({ ...options, args }, { name: `node-${index}`, port }), busPort };
  });
}

/** Gives each node a third of the slots, and waits until all know it. */
export async function joinCluster(nodes: readonly ClusterNode[]): Promise<void> {
  const clients = nodes.map(({ port }) => new Redis(port, "127.0.0.1"));
  try {
    const size = Math.ceil(SLOTS / nodes.length);
    for (const [index, client] of clients.entries()) {
      // Without a listener, a connection that breaks would be printed.
      client.on("error", () => undefined);
      await client.cluster("ADDSLOTSRANGE", size * index, Math.min(size * (index + 1), SLOTS) - 1);
    }
    for (const client of clients.slice(1))
      await client.call("CLUSTER", "MEET", "127.0.0.1", nodes[0]?.port ?? 0, nodes[0]?.busPort ?? 0);
    for (const client of clients) await waitUntilJoined(client, nodes.length);
  } finally {
    for (const client of clients) client.disconnect();
  }
}

async function waitUntilJoined(client: Redis, size: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const info = await client.cluster("INFO");
    if (info.includes("cluster_state:ok") && info.includes(`cluster_size:${size}`)) return;
    if (Date.now() > deadline) throw new Error("The nodes of the Redis Cluster did not find each other.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface SentinelGroup {
  /** Started in this order. */
  master: RedisNode;
  replica: RedisNode;
  sentinel: RedisNode;
  name: string;
}

/** A server, its replica, and a Sentinel that alone decides about a failover. */
export async function createSentinelGroup(options: Options): Promise<SentinelGroup> {
  const [masterPort = 0, replicaPort = 0, port = 0] = await freePorts(3);
  const name = "main";
  const master = createNode(options, { name: "master", port: masterPort });
  const follows = ["--replicaof", "127.0.0.1", String(masterPort)];
  const replica = createNode(
    { ...options, args: [...(options.args ?? []), ...follows] },
    { name: "replica", port: replicaPort },
  );
  const conf = join(options.dir, "sentinel.conf");
  writeFileSync(
    conf,
    [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${options.dir}`,
      `sentinel monitor ${name} 127.0.0.1 ${masterPort} 1`,
      `sentinel down-after-milliseconds ${name} 500`,
      `sentinel failover-timeout ${name} 2000`,
      "",
    ].join("\n"),
  );
  const spec = {
    name: `redis-sentinel-${port}`,
    command: options.binary,
    args: [conf, "--sentinel"],
    isReady: () => isListening(port),
  };
  return { master, replica, sentinel: { port, spec }, name };
}
