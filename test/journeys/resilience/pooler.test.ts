import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { requireServers } from "../../../infra/cli/tasks/require-servers.ts";
import { silentProgress } from "../../../infra/sandbox/progress.ts";
import { findRedisBinary } from "../../../infra/sandbox/services/redis-service.ts";
import {
  type ClusterNode,
  createClusterNodes,
  joinCluster,
} from "../../../infra/sandbox/services/redis-topologies.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { openServices, POOLERS, type Services, startPooler } from "../../support/servers/open-services.ts";

/** Fewer sessions than the processes have connections, so that each statement may get another one. */
const SETTINGS = { pool_mode: "transaction", default_pool_size: "4" };

let services: Services;
let parley: Installation;
let nodes: ClusterNode[];
beforeAll(async () => {
  services = openServices();
  const binary = (await findRedisBinary(silentProgress)) ?? "";
  nodes = await createClusterNodes({ binary, dir: services.dataDir });
  for (const { spec } of nodes) await services.start(spec);
  await joinCluster(nodes);
  const { find } = POOLERS["PgBouncer of Debian, without names"];
  const postgresUrl = inject("sandboxEnv")["DATABASE_URL"] ?? "";
  const throughPooler = await startPooler(services, { find, settings: SETTINGS, postgresUrl });
  parley = await openInstallation({
    env: { REDIS_URL: `redis+cluster://127.0.0.1:${nodes[1]?.port}` },
    databaseEnv: (url) => ({ DATABASE_URL: throughPooler(url), DATABASE_DIRECT_URL: url }),
  });
});
afterAll(async () => {
  // The pooler keeps connections to the database, which the installation drops.
  await services.close();
  await parley.close();
});

const readState = async (id: string) => (await findMessageOutcomes(parley.db, [id]))[0]?.state ?? "pending";
const readEnd = async (id: string) =>
  await eventually(`an end for ${id}`, async () => {
    const state = await readState(id);
    return ["pending", "in_turn"].includes(state) ? null : state;
  });

it("through a pooler in transaction mode and a Redis Cluster every message is answered once", async () => {
  const contacts = Array.from({ length: 6 }, (_, i) => `contact-${i}`);
  const ids = await Promise.all(
    contacts.map(async (from) => {
      const { id, response } = await parley.sendWebhook({
        from,
        text: "Within how many days can I return something unused?",
      });
      expect(response.status).toBe(202);
      return id;
    }),
  );
  for (const id of ids) expect(await readEnd(id)).toBe("answered");
  const replies = await parley.replies();
  for (const [i, from] of contacts.entries()) {
    const own = replies.filter(({ to }) => to === from);
    expect(own).toMatchObject([{ in_reply_to: [ids[i]], duplicate: false }]);
  }
});

it("through a pooler a STOP is in effect with its acknowledgement", async () => {
  const stop = await parley.sendWebhook({ from: "leaving", text: "STOP" });
  expect(stop.response.status).toBe(202);
  // A message that joins the turn of the STOP shares its confirmation.
  await readEnd(stop.id);
  const { id } = await parley.sendWebhook({ from: "leaving", text: "Are you still there?" });
  expect(await readEnd(id)).not.toBe("answered");
});

it("the lock of the sweeper and the watch of outages have sessions of the server itself", async () => {
  const { rows } = await parley.db.execute<{ name: string }>(sql`
    SELECT DISTINCT application_name AS name FROM pg_stat_activity
    WHERE datname = current_database() AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')`);
  expect(rows).toEqual([{ name: "parley-sweeper" }]);
});

it("a process that got a pooler without a direct address, or a node of a cluster as a single server, does not start", async () => {
  const { DATABASE_URL, DATABASE_DIRECT_URL } = parley.config;
  await expect(requireServers({ DATABASE_URL })).rejects.toThrow(/^DATABASE_URL: .*DATABASE_DIRECT_URL/);
  await expect(requireServers({ DATABASE_URL, DATABASE_DIRECT_URL: DATABASE_URL })).rejects.toThrow(
    /^DATABASE_DIRECT_URL: /,
  );
  const REDIS_URL = `redis://127.0.0.1:${nodes[0]?.port}`;
  await expect(requireServers({ DATABASE_URL, DATABASE_DIRECT_URL, REDIS_URL })).rejects.toThrow(
    /^REDIS_URL: .*redis\+cluster/,
  );
  await requireServers({ DATABASE_URL, DATABASE_DIRECT_URL, REDIS_URL: parley.config.REDIS_URL });
  // An unavailable server is no reason: the ingress starts without it.
  await requireServers({ DATABASE_URL: "postgres://127.0.0.1:1/parley", REDIS_URL: "redis://127.0.0.1:1" });
});
