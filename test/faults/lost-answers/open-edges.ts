import { sql } from "drizzle-orm";
import type { FaultStack } from "../open-fault-stack.ts";
import type { OpenDialogue } from "../proxy/dialogue.ts";
import { type FaultProxy, openFaultProxy } from "../proxy/fault-proxy.ts";
import { grpcDialogue } from "../proxy/grpc-dialogue.ts";
import { httpDialogue } from "../proxy/http-dialogue.ts";
import { postgresDialogue } from "../proxy/postgres-dialogue.ts";
import { proxiedUrl, upstreamOf } from "../proxy/proxied-url.ts";
import { redisDialogue } from "../proxy/redis-dialogue.ts";
import type { Random } from "../random.ts";

/** What a vendor offers against a lost answer, and so what is done after one. */
export const SEND_CHANNELS = {
  webhook: "takes a key: sent again, dropped by the receiver",
  "twilio-sms": "can be asked: found, or sent again",
  telegram: "neither: at most once, left open for an operator",
  messenger: "neither: at most once, left open for an operator",
} as const;
export type SendChannel = keyof typeof SEND_CHANNELS;
export type Far = "postgres" | "redis" | "temporal" | "openai" | SendChannel;

/** One way out of one process, with a proxy on it. */
export interface Edge {
  from: string;
  to: Far;
  proxy: FaultProxy;
}

const STORES = [
  { to: "postgres", setting: "DATABASE_URL", dialogue: postgresDialogue },
  { to: "redis", setting: "REDIS_URL", dialogue: redisDialogue },
  { to: "temporal", setting: "TEMPORAL_ADDRESS", dialogue: grpcDialogue },
] as const;
const VENDORS = [
  { to: "openai", setting: "OPENAI_BASE_URL", from: ["worker", "model"] },
  { to: "twilio-sms", setting: "TWILIO_BASE_URL", from: ["worker"] },
  { to: "telegram", setting: "TELEGRAM_BASE_URL", from: ["worker"] },
  { to: "messenger", setting: "FACEBOOK_BASE_URL", from: ["worker"] },
  { to: "webhook", setting: "WEBHOOK_DELIVERY_URL", from: ["worker"] },
] as const;
const PROCESSES: readonly string[] = ["api", "worker", "model"];

interface Way {
  from: string;
  to: Far;
  setting: string;
  dialogue: OpenDialogue;
}

const WAYS: readonly Way[] = [
  ...PROCESSES.flatMap((from) => STORES.map((store) => ({ ...store, from }))),
  ...VENDORS.flatMap(({ from, ...vendor }) =>
    from.map((each) => ({ ...vendor, from: each, dialogue: httpDialogue })),
  ),
];

export interface Edges {
  list: readonly Edge[];
  /** What a process has to be told so that it goes through its proxies. */
  envOf(process: string): Record<string, string>;
  close(): Promise<void>;
}

/** A proxy on every way out of every process of ours; the processes are started afterwards, with `envOf`. */
export async function openEdges({ env, db }: FaultStack, random: Random): Promise<Edges> {
  const opened: (Edge & { setting: string })[] = [];
  for (const { from, to, setting, dialogue } of WAYS) {
    const proxy = await openFaultProxy({
      upstream: upstreamOf(asUrl(env[setting] ?? "")),
      dialogue,
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
          .map(({ setting, proxy }) => [setting, proxied(env[setting] ?? "", proxy)]),
      ),
      EGRESS_ALLOW_HOSTS: [env["EGRESS_ALLOW_HOSTS"], ...hosts].join(","),
    }),
    async close() {
      await Promise.all(opened.map(({ proxy }) => proxy.close()));
    },
  };
}

/** Temporal's address is a host and a port. */
function asUrl(address: string): string {
  return address.includes("://") ? address : `http://${address}`;
}

function proxied(address: string, proxy: FaultProxy): string {
  const url = proxiedUrl(asUrl(address), proxy);
  // Base URLs of vendors bear no slash at their end, and an address no scheme.
  return (address.includes("://") ? url : new URL(url).host).replace(/\/$/, "");
}

/** Where replies are posted is written in the account. */
async function sendWebhooksThrough(
  db: FaultStack["db"],
  edges: readonly Edge[],
  env: FaultStack["env"],
): Promise<void> {
  const edge = edges.find(({ to }) => to === "webhook");
  if (edge === undefined) return;
  const sender = proxiedUrl(env["WEBHOOK_DELIVERY_URL"] ?? "", edge.proxy);
  await db.execute(sql`UPDATE channel_accounts SET sender = ${sender} WHERE channel = 'webhook'`);
}
