import { Redis } from "ioredis";
import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";

/** Calls to other servers. */
export interface CallCount {
  redis: number;
  /** By vendor. */
  http: Record<string, number>;
}

/** The source of a command that a script runs: it costs no call. */
const IN_SCRIPT = "lua";

/** Counts Redis commands and requests to the fakes. The returned function reads the average of so many messages. */
export async function watchCalls({ env, urls }: Sandbox): Promise<(messages: number) => Promise<CallCount>> {
  const redis = new Redis(env["REDIS_URL"] ?? "");
  const monitor = await redis.monitor();
  let commands = 0;
  monitor.on("monitor", (_time: string, _command: string[], source: string) => {
    if (source !== IN_SCRIPT) commands++;
  });
  const { temporalUi: _ui, ...fakes } = urls;
  const readHttp = async () => await Promise.all(Object.entries(fakes).map(readCount));
  const before = await readHttp();
  return async (messages) => {
    const each = (count: number) => Number((count / messages).toFixed(1));
    const after = await readHttp();
    monitor.disconnect();
    redis.disconnect();
    const earlier = new Map(before);
    const http = after.map(([name, count]) => [name, each(count - (earlier.get(name) ?? 0))] as const);
    return { redis: each(commands), http: Object.fromEntries(http.filter(([, count]) => count > 0)) };
  };
}

/** The number of the last request that a fake received. */
async function readCount([name, url]: [string, string]): Promise<readonly [string, number]> {
  const log = await fetch(`${url}/__control/log?since=${Number.MAX_SAFE_INTEGER}`);
  return [name, ((await log.json()) as { next: number }).next];
}
