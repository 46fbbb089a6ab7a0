import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { inspectRedis } from "../../../db/health/inspect-redis.ts";
import { connectRedis, type ParleyRedis } from "../../../db/connection/redis.ts";
import { createTokenBuckets } from "../../../db/connection/token-buckets.ts";
import { createNotify, createSignalHub } from "../../../db/web/stream-signals.ts";
import { freePort, isListening } from "../../../infra/sandbox/ports.ts";
import { silentProgress } from "../../../infra/sandbox/progress.ts";
import {
  type ClusterNode,
  createClusterNodes,
  createSentinelGroup,
  joinCluster,
  type RedisNode,
  type SentinelGroup,
} from "../../../infra/sandbox/services/redis-topologies.ts";
import { findRedisBinary } from "../../../infra/sandbox/services/redis-service.ts";
import { createAuthority, type TestAuthority } from "../../support/servers/certificates.ts";
import { eventually } from "../../support/eventually.ts";
import { openServices, type Services } from "../../support/servers/open-services.ts";

let services: Services;
let binary: string;
let authority: TestAuthority;
const open = new Set<ParleyRedis>();

beforeAll(async () => {
  services = openServices();
  authority = createAuthority();
  binary = (await findRedisBinary(silentProgress)) ?? "";
});
afterEach(() => {
  for (const redis of open) redis.disconnect();
  open.clear();
});
afterAll(async () => {
  await services.close();
  authority.remove();
});

const errors: string[] = [];
function connect(url: string): ParleyRedis {
  const redis = connectRedis({ url, onError: ({ message }) => errors.push(message) });
  open.add(redis);
  return redis;
}

async function connectReady(url: string): Promise<ParleyRedis> {
  const redis = connect(url);
  await eventually("Redis to be ready", async () => redis.status === "ready");
  return redis;
}

/** The keys of many tenants are spread over all slots. */
const bucketsOf = (tenant: string) => [
  { key: `{rate:${tenant}}:tenant`, capacity: 2, refillPerSecond: 0.001 },
  { key: `{rate:${tenant}}:conversation:1`, capacity: 5, refillPerSecond: 0.001 },
];
const TENANTS = Array.from({ length: 30 }, (_, i) => `tenant-${i}`);

async function expectSharedLimits(urls: readonly [string, string]): Promise<void> {
  const [first, second] = await Promise.all(urls.map(connectReady));
  const [here, there] = [createTokenBuckets(first ?? null), createTokenBuckets(second ?? null)];
  for (const tenant of TENANTS) {
    expect(await here.take(bucketsOf(tenant))).toMatchObject({ waitMs: 0, left: 1, degraded: false });
    expect(await there.take(bucketsOf(tenant))).toMatchObject({ waitMs: 0, left: 0, degraded: false });
    expect((await here.take(bucketsOf(tenant))).waitMs).toBeGreaterThan(0);
  }
  await first?.set("{answer}:1", Buffer.from([0, 255]), "EX", 60);
  expect(await second?.getBuffer("{answer}:1")).toEqual(Buffer.from([0, 255]));
}

async function expectWakeUps(from: ParleyRedis, to: ParleyRedis): Promise<void> {
  const hub = createSignalHub(to);
  const received: string[] = [];
  hub.listen("conversation", (signal) => received.push(signal));
  const notify = createNotify(from);
  await eventually("a wake-up", async () => {
    await notify("conversation", "typing");
    return received.includes("typing");
  });
  hub.close();
}

describe("a cluster of three nodes", () => {
  let nodes: ClusterNode[];
  const urlFrom = (...listed: (RedisNode | undefined)[]) =>
    `redis+cluster://${listed.map((node) => `127.0.0.1:${node?.port}`).join(",")}`;

  beforeAll(async () => {
    nodes = await createClusterNodes({ binary, dir: services.dataDir });
    for (const { spec } of nodes) await services.start(spec);
    await joinCluster(nodes);
  });

  it("keeps the limits and the cache of all processes, whichever nodes each of them knows", async () => {
    await expectSharedLimits([urlFrom(nodes[0]), urlFrom(nodes[2], nodes[1])]);
  });

  it("delivers the wake-ups of web chats from one node to another", async () => {
    const [from, to] = [await connectReady(urlFrom(nodes[0])), await connectReady(urlFrom(nodes[1]))];
    await expectWakeUps(from, to);
  });

  it("is named by an inspection where the URL is that of a single server, and is in order as a cluster", async () => {
    const single = `redis://127.0.0.1:${nodes[0]?.port}`;
    expect((await inspectRedis(single)).problem?.fix).toContain("redis+cluster");
    // Most keys are at the other nodes.
    const buckets = createTokenBuckets(await connectReady(single));
    const verdicts = await Promise.all(
      TENANTS.map(async (tenant) => await buckets.take(bucketsOf(`${tenant}-single`))),
    );
    expect(verdicts.filter(({ degraded }) => degraded).length).toBeGreaterThan(0);
    expect(await inspectRedis(urlFrom(nodes[0]))).toMatchObject({ version: /^\d+\./, problem: null });
  });

  it("that has lost a node keeps the limits of the other nodes, and no command waits for long", async () => {
    const buckets = createTokenBuckets(await connectReady(urlFrom(...nodes)));
    await services.end(nodes[1]?.spec.name ?? "", "SIGKILL");
    const verdicts = await Promise.all(
      TENANTS.map(async (tenant) => await buckets.take(bucketsOf(`${tenant}-lost`))),
    );
    const degraded = verdicts.filter((verdict) => verdict.degraded).length;
    expect(degraded).toBeGreaterThan(0);
    await eventually("the other nodes to keep their limits", async () => {
      const again = await Promise.all(
        TENANTS.map(async (tenant) => await buckets.take(bucketsOf(`${tenant}-kept`))),
      );
      const kept = again.filter((verdict) => !verdict.degraded).length;
      return kept > 0 && kept < TENANTS.length;
    });
  });
});

describe("Sentinels", () => {
  let group: SentinelGroup;
  let url: string;
  beforeAll(async () => {
    group = await createSentinelGroup({ binary, dir: services.dataDir });
    for (const { spec } of [group.master, group.replica, group.sentinel]) await services.start(spec);
    // The first of them is not there.
    url = `redis+sentinel://127.0.0.1:${await freePort()},127.0.0.1:${group.sentinel.port}/${group.name}`;
  });

  it("name the server with the limits and the cache of all processes", async () => {
    await expectSharedLimits([url, url]);
    await expectWakeUps(await connectReady(url), await connectReady(url));
  });

  it("are named by an inspection where the URL is that of a single server", async () => {
    const sentinel = `redis://127.0.0.1:${group.sentinel.port}`;
    expect((await inspectRedis(sentinel)).problem?.fix).toContain("redis+sentinel");
    const replica = `redis://127.0.0.1:${group.replica.port}`;
    expect((await inspectRedis(replica)).problem?.detail).toContain("replica");
    expect((await inspectRedis(url)).problem).toBeNull();
    await expect(inspectRedis(url.replace(/\/main$/, "/other"))).rejects.toThrow();
  });

  it("name the new server after a failover, also to a process that was connected to the old one", async () => {
    const redis = await connectReady(url);
    await eventually("the Sentinel to know the replica", async () => {
      const known = connect(`redis://127.0.0.1:${group.sentinel.port}`);
      await eventually("the Sentinel", async () => known.status === "ready");
      const replicas = (await known.call("SENTINEL", "replicas", group.name)) as unknown[];
      known.disconnect();
      return replicas.length === 1;
    });
    await services.end(group.master.spec.name, "SIGKILL");
    const buckets = createTokenBuckets(redis);
    await eventually(
      "the new server",
      async () => !(await buckets.take(bucketsOf("after-failover"))).degraded,
    );
  });
});

it("TLS with a private authority and a user with few permissions are enough, and each wrong one is refused", async () => {
  const port = await freePort();
  const { certFile, keyFile } = authority.issue("localhost");
  const tls = ["--tls-port", String(port), "--tls-cert-file", certFile, "--tls-key-file", keyFile];
  const args = [...tls, "--tls-ca-cert-file", authority.certFile, "--tls-auth-clients", "no", "--port", "0"];
  const user = `user parley on >s3cret ${ACL}`;
  await services.start({
    name: "redis-tls",
    command: binary,
    args: [...args, "--save", "", "--user", ...user.split(" ").slice(1), "--user", "default", "off"],
    isReady: () => isListening(port),
  });
  const url = (password: string, ca: string) =>
    `rediss://parley:${password}@localhost:${port}?ssl_ca_certs=${ca}`;
  const good = url("s3cret", authority.certFile);
  expect(await inspectRedis(good)).toMatchObject({ problem: null });
  await expectSharedLimits([good, good]);
  await expectWakeUps(await connectReady(good), await connectReady(good));
  await expect(inspectRedis(url("wrong", authority.certFile))).rejects.toThrow("WRONGPASS");
  const other = createAuthority();
  await expect(inspectRedis(url("s3cret", other.certFile))).rejects.toThrow(/certificate/);
  other.remove();
  // Its certificate is for the name and not for the address.
  await expect(inspectRedis(good.replace("localhost", "127.0.0.1"))).rejects.toThrow();
  expect(
    await inspectRedis(`${good.replace("localhost", "127.0.0.1")}&ssl_check_hostname=false`),
  ).toMatchObject({
    problem: null,
  });
});

/** docs/servers.md has the same. */
const ACL =
  "resetchannels ~{* ~answer:* &parley:web:* -@all +@read +@write +@scripting +@pubsub +@connection +time +info";

it("a Unix socket leads to a server, and a database of it keeps its keys apart", async () => {
  const path = `${services.dataDir}/redis.sock`;
  const redisArgs = ["--port", "0", "--unixsocket", path, "--unixsocketperm", "700", "--save", ""];
  await services.start({
    name: "redis-socket",
    command: binary,
    args: redisArgs,
    isReady: async () => {
      const redis = connect(`unix://${path}`);
      await once(redis as never, "ready", { signal: AbortSignal.timeout(500) });
      return true;
    },
  });
  const [first, second] = [await connectReady(`unix://${path}?db=1`), await connectReady(`unix://${path}`)];
  await first.set("key", "first");
  expect(await second.get("key")).toBeNull();
  expect((await inspectRedis(`unix://${path}?db=1`)).problem).toBeNull();
});
