import { freePort } from "../../../../../infra/sandbox/ports.ts";
import type { Progress } from "../../../../../infra/sandbox/progress.ts";
import { findRedisBinary, createRedisService } from "../../../../../infra/sandbox/services/redis-service.ts";
import type { ServiceSpec } from "../../../../../infra/sandbox/processes/supervisor.ts";

/** A Redis that syncs every write to disk before the acknowledgement, as PostgreSQL does, for a fair comparison. */
export async function durableRedisService(
  dir: string,
  progress: Progress,
): Promise<{ spec: ServiceSpec; url: string }> {
  const binary = await findRedisBinary(progress);
  if (binary === null) throw new Error("there is no redis-server on this machine");
  const port = await freePort();
  const spec = createRedisService({ binary, port, dir });
  // The last occurrence of a setting wins.
  const args = [...spec.args, "--appendonly", "yes", "--appendfsync", "always"];
  return { spec: { ...spec, name: "redis-durable", args }, url: `redis://127.0.0.1:${port}` };
}
