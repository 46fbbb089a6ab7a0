import { inspectDatabase } from "../../../db/health/inspect-database.ts";
import { inspectRedis } from "../../../db/health/inspect-redis.ts";
import type { Config } from "../../runtime/config/config.ts";
import { UserError } from "../../runtime/errors.ts";

/**
 * Refuses to start with a server of a kind that does not work, before the process accepts anything. An unavailable server is no reason: the
 * ingress starts without it.
 */
export async function requireServers(
  config: Pick<Config, "DATABASE_URL" | "DATABASE_DIRECT_URL" | "REDIS_URL">,
): Promise<void> {
  await Promise.all([requireDatabase(config), requireRedis(config)]);
}

export async function requireDatabase(
  config: Pick<Config, "DATABASE_URL" | "DATABASE_DIRECT_URL">,
): Promise<void> {
  const options = { url: config.DATABASE_URL, directUrl: config.DATABASE_DIRECT_URL };
  // Not logged: the connections of the process report why the server is unavailable.
  const problem = await inspectDatabase(options).catch(() => null);
  if (problem !== null) throw new UserError(`${problem.setting}: ${problem.detail} ${problem.fix}`);
}

async function requireRedis({ REDIS_URL: url }: Pick<Config, "REDIS_URL">): Promise<void> {
  if (url === undefined) return;
  // Not logged: the same as above.
  const problem = (await inspectRedis(url).catch(() => null))?.problem ?? null;
  if (problem !== null) throw new UserError(`REDIS_URL: ${problem.detail} ${problem.fix}`);
}
