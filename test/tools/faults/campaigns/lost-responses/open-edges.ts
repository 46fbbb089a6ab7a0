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
import { modelProcessOf, processesOf, type Shape } from "../../shape.ts";

/** How each channel recovers a send with a lost response. */
export const SEND_CHANNELS = {
  webhook: "takes an idempotency key: sent again, the receiver drops the copy",
  "twilio-sms": "has a status query: found, or sent again",
  telegram: "neither: sent at most once, an operator decides",
  messenger: "neither: sent at most once, an operator decides",
} as const;
export type SendChannel = keyof typeof SEND_CHANNELS;
export type RemoteEnd = "postgres" | "redis" | "temporal" | "openai" | SendChannel;

/** A connection from one process to one server, through a proxy. */
export interface Edge {
  from: string;
  to: RemoteEnd;
  proxy: FaultProxy;
}

const STORES = [
  { to: "postgres", setting: "DATABASE_URL", protocol: openPostgresReader },
  { to: "redis", setting: "REDIS_URL", protocol: openRedisReader },
  { to: "temporal", setting: "TEMPORAL_ADDRESS", protocol: openGrpcReader },
] as const;
const CHANNELS = [
  { to: "twilio-sms", setting: "TWILIO_BASE_URL" },
  { to: "telegram", setting: "TELEGRAM_BASE_URL" },
  { to: "messenger", setting: "FACEBOOK_BASE_URL" },
  { to: "webhook", setting: "WEBHOOK_DELIVERY_URL" },
] as const;
const STORE_NAMES: ReadonlySet<RemoteEnd> = new Set(STORES.map(({ to }) => to));

interface EdgeDefinition {
  from: string;
  to: RemoteEnd;
  setting: string;
  protocol: OpenProtocolReader;
}

function edgesOf(shape: Shape): EdgeDefinition[] {
  // The worker calls OpenAI for embeddings too.
  const callers = new Set(["worker", modelProcessOf(shape)]);
  return [
    ...processesOf(shape).flatMap(({ name: from }) => STORES.map((store) => ({ ...store, from }))),
    ...[...callers].map((from) => ({
      from,
      to: "openai" as const,
      setting: "OPENAI_BASE_URL",
      protocol: openHttpReader,
    })),
    ...CHANNELS.map((channel) => ({ ...channel, from: "worker", protocol: openHttpReader })),
  ];
}

export function isStore(to: RemoteEnd): boolean {
  return STORE_NAMES.has(to);
}

export interface Edges {
  list: readonly Edge[];
  /** The settings with which a process uses its proxies. */
  envOf(process: string): Record<string, string>;
  close(): Promise<void>;
}

/**
 * Opens a proxy for every outgoing connection of every Parley process, or only for those that `isWanted` selects. The processes are
 * started later, with `envOf`.
 */
export async function openEdges(
  { env, db }: FaultSandbox,
  random: Random,
  { shape, isWanted = () => true }: { shape: Shape; isWanted?: (to: RemoteEnd) => boolean },
): Promise<Edges> {
  const opened: (Edge & { setting: string })[] = [];
  for (const { from, to, setting, protocol } of edgesOf(shape).filter((edge) => isWanted(edge.to))) {
    const proxy = await openFaultProxy({
      upstream: upstreamOf(toUrl(env[setting] ?? "")),
      protocol,
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

/** The address of Temporal has no scheme. */
function toUrl(address: string): string {
  return address.includes("://") ? address : `http://${address}`;
}

function proxyAddress(address: string, proxy: FaultProxy): string {
  const url = urlThroughProxy(toUrl(address), proxy);
  // Base URLs of vendors have no slash at the end, and an address has no scheme.
  return (address.includes("://") ? url : new URL(url).host).replace(/\/$/, "");
}

/** The account holds the URL to which replies are posted. */
async function sendWebhooksThrough(
  db: FaultSandbox["db"],
  edges: readonly Edge[],
  env: FaultSandbox["env"],
): Promise<void> {
  const edge = edges.find(({ to }) => to === "webhook");
  if (edge === undefined) return;
  const address = urlThroughProxy(env["WEBHOOK_DELIVERY_URL"] ?? "", edge.proxy);
  await db.execute(sql`UPDATE channel_accounts SET address = ${address} WHERE channel = 'webhook'`);
}
