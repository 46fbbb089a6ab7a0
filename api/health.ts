import type { FastifyInstance } from "fastify";
import type { Spool } from "../db/inbound/spool.ts";
import type { AccountsState } from "./watch-accounts.ts";

export type CheckState = "ok" | "unavailable";

export interface HealthDependencies {
  accountsState: Readonly<AccountsState>;
  checks: Readonly<Record<"postgres" | "temporal" | "redis", (() => Promise<unknown>) | null>>;
  isDraining(): boolean;
  /** Null if none is configured. */
  spool: Pick<Spool, "counts"> | null;
}

/**
 * A store that has not responded by then counts as unavailable. A load balancer waits 1 s by default: one silent store must not make
 * every ingress look down at the same time.
 */
const CHECK_MS = 400;

/**
 * `/livez`: the process responds. `/readyz`: a message can be made durable, for which Postgres, Temporal or a spool is enough. It
 * names the checks that are `unavailable`; the status is then `degraded`. It counts the entries of the spool, and the channel accounts
 * that this process cannot decrypt; `parley doctor` names them.
 */
export function registerHealth(
  app: FastifyInstance,
  { checks, isDraining, spool, accountsState }: HealthDependencies,
): void {
  const livez = () => ({ status: "ok" });
  app.get("/livez", { schema: { summary: "The process is alive", tags: ["health"] } }, livez);
  app.get("/healthz", { schema: { summary: "Alias of /livez", tags: ["health"] } }, livez);
  app.get(
    "/readyz",
    { schema: { summary: "Messages can be accepted; with the state of each check", tags: ["health"] } },
    async (_request, reply) => {
      const states = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await readState(check)]),
      );
      const results = Object.fromEntries(states) as Record<
        keyof typeof checks,
        CheckState | "not_configured"
      >;
      const durable = results.postgres === "ok" || results.temporal === "ok" || spool !== null;
      const status = isDraining()
        ? "draining"
        : toReadiness(durable, [...Object.values(results), toAccountsCheck(accountsState)]);
      return await reply.code(status === "ready" || status === "degraded" ? 200 : 503).send({
        status,
        checks: { ...results, accounts: toAccountsCheck(accountsState) },
        accounts_unreadable: accountsState.unreadable,
        spool: spool?.counts() ?? null,
      });
    },
  );
}

function toAccountsCheck({ unreadable, isStale }: AccountsState): "ok" | "unreadable" | "stale" {
  if (unreadable > 0) return "unreadable";
  return isStale ? "stale" : "ok";
}

function toReadiness(durable: boolean, states: string[]): "ready" | "degraded" | "unavailable" {
  if (!durable) return "unavailable";
  return states.every((state) => state === "ok") ? "ready" : "degraded";
}

async function readState(check: (() => Promise<unknown>) | null): Promise<CheckState | "not_configured"> {
  if (check === null) return "not_configured";
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"unavailable">((resolve) => {
    timer = setTimeout(resolve, CHECK_MS, "unavailable");
  });
  const result = check().then(
    () => "ok" as const,
    () => "unavailable" as const,
  );
  return await Promise.race([result, timeout]).finally(() => clearTimeout(timer));
}
