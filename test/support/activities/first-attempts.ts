import { randomUUID } from "node:crypto";
import { eq, type SQL, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { createFirstAttempts, type FirstAttempts } from "../../../activities/events/first-attempts.ts";
import { createEventEndpoint } from "../../../db/events/event-endpoints.ts";
import { newId } from "../../../db/connection/new-id.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { eventDeliveries } from "../../../db/schema/events.ts";
import { createLog } from "../../../infra/runtime/log.ts";
import {
  EgressFailed,
  type EgressGuard,
  type EgressResponse,
} from "../../../infra/runtime/network/egress-guard.ts";
import { eventually } from "../eventually.ts";
import { type OpenDatabase, openDatabase } from "../open-database.ts";

/** A post that is on its connection and has no response yet. */
interface Post {
  eventId: string;
  url: string;
  /** For how long its connection could have been waited for, ms. */
  mayWaitMs: number;
  respond(status: number): void;
}

type Status = number | (() => Promise<number>);
type Execute = <Result>(execute: () => Promise<Result>, call: number) => Promise<Result>;

/** First attempts at events on a database of their own, and a receiver that responds when the test says so. */
export function useFirstAttempts(databaseName: string) {
  let opened: OpenDatabase;
  const posts: Post[] = [];
  /** Statuses that are returned at once, by URL. */
  const statuses = new Map<string, Status>();
  const processes: FirstAttempts[] = [];
  const egress = createFakeEgress({ posts, statuses });

  beforeAll(async () => {
    opened = await openDatabase(databaseName);
  });
  beforeEach(async () => {
    await opened.db.execute(sql`TRUNCATE events, event_endpoints, event_deliveries`);
  });
  afterEach(async () => {
    for (const { respond } of posts) respond(204);
    await Promise.all(processes.map((each) => each.stop(0)));
    posts.length = 0;
    processes.length = 0;
    statuses.clear();
  });
  afterAll(() => opened.close());

  const readRows = async ({ id }: { id: string }) =>
    await opened.db.select().from(eventDeliveries).where(eq(eventDeliveries.endpointId, id));

  return {
    get db() {
      return opened.db;
    },
    posts,
    statuses,
    /** The first attempts of one process. */
    openProcess(sweeperDb = opened.db): FirstAttempts {
      const opening = createFirstAttempts({
        db: opened.db,
        sweeperDb,
        vault: opened.vault,
        egress,
        log: createLog({ level: "silent", name: "test" }),
        delayBeforeEventMs: () => 5_000,
        disableAfterMs: 3_600_000,
      });
      processes.push(opening);
      return opening;
    },
    async openEndpoint(tenantId = "tenant", includeText = false) {
      const { db, vault } = opened;
      const url = `https://crm.test/${randomUUID()}`;
      const endpoint = await createEventEndpoint(db, vault, { tenantId, url, types: [], includeText });
      if (endpoint === null) throw new Error("The tenant has too many endpoints.");
      return endpoint;
    },
    async emit(count: number, tenantId = "tenant") {
      const ids = sql.param(Array.from({ length: count }, () => newId()));
      await opened.db.execute(sql`INSERT INTO events (id, tenant_id, type, data)
        SELECT id, ${tenantId}, 'conversation.taken_over', '{}' FROM unnest(${ids}::uuid[]) AS id`);
    },
    postsTo: ({ url }: { url: string }) => posts.filter((post) => post.url === url),
    takePost: async () => await eventually("a post", async () => posts.shift()),
    readRows,
    readStates: async (endpoint: { id: string }) =>
      (await readRows(endpoint)).map(({ state, code, attempt, claimedAt }) => ({
        state,
        code,
        attempt,
        isClaimed: claimedAt !== null,
      })),
  };
}

export async function runUntilIdle(first: FirstAttempts): Promise<void> {
  while (await first.run());
}

/** The database with another `execute`. The calls are counted from 1. */
export function withExecute(db: Database, around: Execute): Database {
  let calls = 0;
  const execute = async (query: SQL) => await around(async () => await db.execute(query), ++calls);
  return new Proxy(db, {
    get: (target, name, receiver) =>
      name === "execute" ? execute : (Reflect.get(target, name, receiver) as unknown),
  });
}

function createFakeEgress({
  posts,
  statuses,
}: {
  posts: Post[];
  statuses: ReadonlyMap<string, Status>;
}): EgressGuard {
  const toResponse = (status: number): EgressResponse => ({ status, headers: {}, text: "" });
  return {
    async request({ headers, url, signal }) {
      const status = statuses.get(url);
      if (status !== undefined) return toResponse(typeof status === "number" ? status : await status());
      return await new Promise<EgressResponse>((resolve, reject) => {
        const respond = (code: number) => resolve(toResponse(code));
        const mayWaitMs = (signal.beginByMs ?? Infinity) - performance.now();
        signal.onBegin?.();
        posts.push({ eventId: headers["webhook-id"] ?? "", url, mayWaitMs, respond });
        signal.addEventListener("abort", () => reject(new EgressFailed("aborted", true)));
      });
    },
    close: async () => undefined,
  };
}
