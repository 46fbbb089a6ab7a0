import { freePort } from "../../../infra/dev/ports.ts";
import type { Progress } from "../../../infra/dev/progress.ts";
import { findRedisBinary, redisPart } from "../../../infra/dev/redis-part.ts";
import type { PartSpec } from "../../../infra/dev/supervisor.ts";

/** A Redis whose every acknowledged write is synced to disk, as Postgres does it: what is compared is not who forgets more. */
export async function durableRedisPart(
  dir: string,
  progress: Progress,
): Promise<{ spec: PartSpec; url: string }> {
  const binary = await findRedisBinary(progress);
  if (binary === null) throw new Error("there is no redis-server on this machine");
  const port = await freePort();
  const spec = redisPart({ binary, port, dir });
  // The later setting holds.
  const args = [...spec.args, "--appendonly", "yes", "--appendfsync", "always"];
  return { spec: { ...spec, name: "redis-durable", args }, url: `redis://127.0.0.1:${port}` };
}
