import type { FastifyInstance } from "fastify";
import type { Spool } from "../db/inbound/spool.ts";

export type CheckState = "ok" | "unavailable";

export interface HealthDependencies {
  checks: Readonly<Record<"postgres" | "temporal" | "redis", (() => Promise<unknown>) | null>>;
  isDraining(): boolean;
  /** Null where none is configured. */
  spool: Pick<Spool, "counts"> | null;
}

/**
 * A part that has not answered by then counts as away. Well below the second that a balancer waits by default: one silent part must
 * not look like an ingress that is down, and all of them at once.
 */
const CHECK_MS = 400;

/**
 * `/livez`: the process turns. `/readyz`: a message can be made durable here, so one of Postgres, Temporal and a spool is enough;
 * what is away is named, and the state is then `degraded`. It says how much waits in the spool.
 */
export function registerHealth(
  app: FastifyInstance,
  { checks, isDraining, spool }: HealthDependencies,
): void {
  const livez = () => ({ status: "ok" });
  app.get("/livez", { schema: { summary: "The process is alive", tags: ["health"] } }, livez);
  app.get("/healthz", { schema: { summary: "Alias of /livez", tags: ["health"] } }, livez);
  app.get(
    "/readyz",
    { schema: { summary: "Messages can be taken, with the state of each part", tags: ["health"] } },
    async (_request, reply) => {
      const states = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await stateOf(check)]),
      );
      const results = Object.fromEntries(states) as Record<
        keyof typeof checks,
        CheckState | "not_configured"
      >;
      const durable = results.postgres === "ok" || results.temporal === "ok" || spool !== null;
      const status = isDraining() ? "draining" : readiness(durable, Object.values(results));
      return await reply
        .code(status === "ready" || status === "degraded" ? 200 : 503)
        .send({ status, checks: results, spool: spool?.counts() ?? null });
    },
  );
}

function readiness(durable: boolean, states: string[]): "ready" | "degraded" | "unavailable" {
  if (!durable) return "unavailable";
  return states.every((state) => state === "ok") ? "ready" : "degraded";
}

async function stateOf(check: (() => Promise<unknown>) | null): Promise<CheckState | "not_configured"> {
  if (check === null) return "not_configured";
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"unavailable">((resolve) => {
    timer = setTimeout(resolve, CHECK_MS, "unavailable");
  });
  const asked = check().then(
    () => "ok" as const,
    () => "unavailable" as const,
  );
  return await Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
