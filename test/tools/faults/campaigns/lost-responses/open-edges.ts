import { sql } from "drizzle-orm";
import type { FaultSandbox } from "../../open-fault-sandbox.ts";
import type { OpenProtocolReader } from "../../proxy/protocols/protocol-reader.ts";
import { type FaultProxy, openFaultProxy } from "../../proxy/fault-proxy.ts";
import { openGrpcReader } from "../../proxy/protocols/grpc-protocol.ts";
import { openHttpReader } from "../../proxy/protocols/http-protocol.ts";
import { openPostgresReader } from "../../proxy/protocols/postgres-protocol.ts";
import { urlThroughProxy, upstreamOf } from "../../proxy/proxied-url.ts";
import { openRedisReader } from "../../proxy/protocols/redis-protocol.ts";
import type { Random } from "../../random.ts";

/** What a vendor offers against a lost answer, and so what is done after one. */
export const SEND_CHANNELS = {
  webhook: "takes a key: sent again, dropped by the receiver",
  "twilio-sms": "can be asked: found, or sent again",
  telegram: "neither: at most once, left open for an operator",
  messenger: "neither: at most once, left open for an operator",
} as const;
export type SendChannel = keyof typeof SEND_CHANNELS;
export type RemoteEnd = "postgres" | "redis" | "temporal" | "openai" | SendChannel;

/** One way out of one process, with a proxy on it. */
export interface Edge {
  from: string;
  to: RemoteEnd;
  proxy: FaultProxy;
}

const STORES = [
  { to: "postgres", setting: "DATABASE_URL", dialogue: openPostgresReader },
  { to: "redis", setting: "REDIS_URL", dialogue: openRedisReader },
  { to: "temporal", setting: "TEMPORAL_ADDRESS", dialogue: openGrpcReader },
] as const;
const VENDORS = [
  { to: "openai", setting: "OPENAI_BASE_URL", from: ["worker", "model"] },
  { to: "twilio-sms", setting: "TWILIO_BASE_URL", from: ["worker"] },
  { to: "telegram", setting: "TELEGRAM_BASE_URL", from: ["worker"] },
  { to: "messenger", setting: "FACEBOOK_BASE_URL", from: ["worker"] },
  { to: "webhook", setting: "WEBHOOK_DELIVERY_URL", from: ["worker"] },
] as const;
const PROCESSES: readonly string[] = ["api", "worker", "model"];

interface EdgeDefinition {
  from: string;
  to: RemoteEnd;
  setting: string;
  dialogue: OpenProtocolReader;
}

const WAYS: readonly EdgeDefinition[] = [
  ...PROCESSES.flatMap((from) => STORES.map((store) => ({ ...store, from }))),
  ...VENDORS.flatMap(({ from, ...vendor }) =>
    from.map((each) => ({ ...vendor, from: each, dialogue: openHttpReader })),
  ),
];

export interface Edges {
  list: readonly Edge[];
  /** What a process has to be told so that it goes through its proxies. */
  envOf(process: string): Record<string, string>;
  close(): Promise<void>;
}

/** A proxy on every way out of every process of ours; the processes are started afterwards, with `envOf`. */
export async function openEdges({ env, db }: FaultSandbox, random: Random): Promise<Edges> {
  const opened: (Edge & { setting: string })[] = [];
  for (const { from, to, setting, dialogue } of WAYS) {
    const proxy = await openFaultProxy({
      upstream: upstreamOf(toUrl(env[setting] ?? "")),
      protocol: dialogue,
      random: random.fork(`${from} ${to}`),
    });
    opened.push({ from, to, proxy, setting });
  }
  await sendWebhooksThrough(db, opened, env);
  const hosts = opened.map(({ proxy }) => `127.0.0.1:${proxy.port}`);
  return {
    list: opened,
    envOf: (process) => ({
      ...Object.fromEntries(
        opened
          .filter(({ from }) => from === process)
          .map(({ setting, proxy }) => [setting, proxyAddress(env[setting] ?? "", proxy)]),
      ),
      EGRESS_ALLOW_HOSTS: [env["EGRESS_ALLOW_HOSTS"], ...hosts].join(","),
    }),
    async close() {
      await Promise.all(opened.map(({ proxy }) => proxy.close()));
    },
  };
}

/** Temporal's address is a host and a port. */
function toUrl(address: string): string {
  return address.includes("://") ? address : `http://${address}`;
}

function proxyAddress(address: string, proxy: FaultProxy): string {
  const url = urlThroughProxy(toUrl(address), proxy);
  // Base URLs of vendors bear no slash at their end, and an address no scheme.
  return (address.includes("://") ? url : new URL(url).host).replace(/\/$/, "");
}

/** Where replies are posted is written in the account. */
async function sendWebhooksThrough(
  db: FaultSandbox["db"],
  edges: readonly Edge[],
  env: FaultSandbox["env"],
): Promise<void> {
  const edge = edges.find(({ to }) => to === "webhook");
  if (edge === undefined) return;
  const sender = urlThroughProxy(env["WEBHOOK_DELIVERY_URL"] ?? "", edge.proxy);
  await db.execute(sql`UPDATE channel_accounts SET address = ${sender} WHERE channel = 'webhook'`);
}
