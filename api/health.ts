import type { FastifyInstance } from "fastify";
import { classifyPostgresFault } from "../infra/runtime/faults/postgres-faults.ts";
import { classifyRedisFault } from "../infra/runtime/faults/redis-faults.ts";
import type { Fault } from "../infra/runtime/faults/fault.ts";
import type { FaultReports } from "../infra/runtime/faults/report-faults.ts";
import { classifyTemporalFault } from "../infra/runtime/faults/temporal-faults.ts";
import type { Spool } from "../db/inbound/spool.ts";
import type { RefusedWebhooks } from "./ingest/refused-webhooks.ts";
import { RETRY_AFTER_S } from "./problem.ts";
import type { AccountsState } from "./watch-accounts.ts";
import type { WorkersState, WorkersWatch } from "./watch-workers.ts";

/** `misconfigured`: the store rejects this process until a setting, a permission or the schema changes. It is no outage. */
type StoreState = "ok" | "unavailable" | "misconfigured" | "not_configured";
type Store = "postgres" | "temporal" | "redis";

export interface HealthDependencies {
  accountsState: Readonly<AccountsState>;
  checks: Readonly<Record<Store, (() => Promise<unknown>) | null>>;
  /** The wrong configurations that this process has met. */
  reports: Pick<FaultReports, "note" | "noteRecovery" | "current">;
  workers: WorkersWatch;
  refusals: Pick<RefusedWebhooks, "counts">;
  isDraining(): boolean;
  /** Null if none is configured. */
  spool: Pick<Spool, "counts" | "hasRoom"> | null;
}

/**
 * A store that has not responded by then counts as unavailable. A load balancer waits 1 s by default: one silent store must not make
 * every ingress look down at the same time.
 */
const CHECK_MS = 400;

/**
 * `/livez`: the process responds. `/readyz`: a webhook does not get 503. So it follows the way of a message: known accounts, and a
 * store that accepts it. It also shows what delays answers, which is `degraded`: a store, a queue without workers, an alert of the
 * workers, an account that cannot be decrypted, an entry that the spool set aside, a wrong configuration.
 */
export function registerHealth(app: FastifyInstance, dependencies: HealthDependencies): void {
  const livez = () => ({ status: "ok" });
  // Load balancers ask with HEAD too.
  app.get(
    "/livez",
    { exposeHeadRoute: true, schema: describeCheck("getLiveness", "The process is alive") },
    livez,
  );
  app.get(
    "/healthz",
    { exposeHeadRoute: true, schema: describeCheck("getHealth", "Alias of /livez") },
    livez,
  );
  app.get(
    "/readyz",
    {
      exposeHeadRoute: true,
      schema: describeCheck("getReadiness", "Messages can be accepted; with the state of each check"),
    },
    async (_request, reply) => {
      const { status, ...body } = await readHealth(dependencies);
      const code = status === "ready" || status === "degraded" ? 200 : 503;
      if (code === 503) void reply.header("retry-after", RETRY_AFTER_S);
      return await reply.code(code).send({ status, ...body });
    },
  );
}

function describeCheck(operationId: string, summary: string) {
  const content = { "application/json": { schema: { type: "object", additionalProperties: true } } };
  const response = {
    200: { description: "Yes", content },
    400: { description: "The request cannot be parsed", content: PROBLEM_CONTENT },
    503: { description: "No, or not now", content },
  };
  return { summary, operationId, tags: ["health"], security: [], response };
}

const PROBLEM_CONTENT = { "application/problem+json": { schema: { $ref: "Problem#" } } };

async function readHealth(dependencies: HealthDependencies) {
  const { checks, reports, isDraining, spool, accountsState, workers, refusals } = dependencies;
  const read = async (store: Store) => await readState(checks[store], store, reports);
  const [postgres, temporal, redis] = await Promise.all([
    read("postgres"),
    read("temporal"),
    read("redis"),
    limitTime(workers.read()),
  ]);
  const accounts = toAccountsCheck(accountsState);
  const states = {
    postgres,
    temporal,
    redis,
    accounts,
    spool: toSpoolCheck(spool),
    workers: toWorkersCheck(workers.state()),
  };
  const isOpen = accounts !== "unknown" && acceptsEvents(states, spool);
  const { workers: counts, alerts } = workers.state();
  const faults = reports.current();
  const problems = (alerts?.length ?? 0) + faults.length;
  return {
    status: isDraining() ? "draining" : toReadiness(isOpen, { ...states, problems }),
    checks: states,
    webhooks_refused: refusals.counts(),
    faults,
    accounts_unreadable: accountsState.unreadable,
    workers: counts,
    alerts: alerts ?? [],
    spool: spool?.counts() ?? null,
  };
}

/** The order of api/ingest: with a spool, every event goes there while it has entries, and where Postgres does not accept it. */
function acceptsEvents(
  { postgres, temporal }: Record<"postgres" | "temporal", StoreState>,
  spool: HealthDependencies["spool"],
): boolean {
  if (spool === null) return postgres === "ok" || temporal === "ok";
  return (postgres === "ok" && spool.counts().waiting === 0) || spool.hasRoom();
}

function toAccountsCheck({ unreadable, isStale, isKnown }: AccountsState) {
  if (!isKnown) return "unknown";
  if (unreadable > 0) return "unreadable";
  return isStale ? "stale" : "ok";
}

function toSpoolCheck(spool: HealthDependencies["spool"]): "ok" | "full" | "refused" | "not_configured" {
  if (spool === null) return "not_configured";
  if (!spool.hasRoom()) return "full";
  // An acknowledged message that cannot be stored: it has no answer until an operator removes the cause.
  return spool.counts().refused > 0 ? "refused" : "ok";
}

function toWorkersCheck({ workers }: WorkersState): "ok" | "missing" | "unknown" {
  if (workers === null) return "unknown";
  return Object.values(workers).includes(0) ? "missing" : "ok";
}

/** A spool is optional. Redis is too, and without it there are no shared rate limits, so that is `degraded`. */
function toReadiness(
  isOpen: boolean,
  { spool, problems, ...states }: { spool: string; problems: number } & Record<string, unknown>,
): "ready" | "degraded" | "unavailable" {
  if (!isOpen) return "unavailable";
  const isWhole = Object.values(states).every((state) => state === "ok");
  return isWhole && (spool === "ok" || spool === "not_configured") && problems === 0 ? "ready" : "degraded";
}

const CLASSIFY: Readonly<Record<Store, (error: unknown) => Fault>> = {
  postgres: classifyPostgresFault,
  temporal: classifyTemporalFault,
  redis: classifyRedisFault,
};

async function readState(
  check: (() => Promise<unknown>) | null,
  store: Store,
  reports: HealthDependencies["reports"],
): Promise<StoreState> {
  if (check === null) return "not_configured";
  const result = check().then(
    () => {
      reports.noteRecovery(store);
      return "ok" as const;
    },
    (error: unknown) => {
      const fault = CLASSIFY[store](error);
      reports.note(store, fault);
      return fault.kind === "configuration" ? ("misconfigured" as const) : ("unavailable" as const);
    },
  );
  return (await limitTime(result)) ?? "unavailable";
}

/** Null where the work takes too long, or fails. */
async function limitTime<T>(work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, CHECK_MS, null);
  });
  // Not logged: /readyz shows a state that is not known.
  return await Promise.race([work.catch(() => null), timeout]).finally(() => clearTimeout(timer));
}
