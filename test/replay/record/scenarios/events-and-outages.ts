import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { like, type SQL, sql } from "drizzle-orm";
import { createEventEndpoint, disableEventEndpoint } from "../../../../db/events/event-endpoints.ts";
import { eventDeliveries, eventEndpoints } from "../../../../db/schema/events.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Scenario, runTimes, type ScenarioContext, withFaults } from "../scenario.ts";

/** After the first attempts this endpoint has failed for so long that its next failure is its last. */
const DEAD = "/dead";
const FAILING_SINCE = new Date(0);

/** The statuses of the responses of each endpoint, by path. The last one repeats. An event has a workflow after its first attempt. */
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  "/accepts": [204],
  "/gone": [500, 410],
  "/once-500": [500, 204],
  "/down": [503],
  [DEAD]: [503],
};

/** Outgoing events: accepted, accepted on a retry, permanently rejected, failed, and still waiting. */
export const outgoingEvents: Scenario = {
  name: "outgoing events",
  async run(context) {
    const { parley } = context;
    const server = await openEndpoints();
    try {
      const endpointIds = await Promise.all(
        Object.keys(STATUSES).map(async (path) => await addEndpoint(context, server, path)),
      );
      const sent = await runTimes(5, () =>
        parley.sendWebhook({ from: context.newContact(), text: "Can I return a pump?" }),
      );
      await context.awaitEnds(sent.map(({ id }) => id));
      await eventually(
        "the first attempts",
        async () => (await countDeliveries(context, sql`attempt > 0`)) === 25,
      );
      await failForLong(context);
      await eventually(
        "outcomes of the events that can end, and an attempt by a workflow at one that cannot",
        async () =>
          (await countDeliveries(context, sql`state <> 'pending'`)) >= 16 &&
          (await countDeliveries(context, sql`state = 'pending' AND attempt > 1`)) > 0,
        120_000,
      );
      await context.keepOpenRuns();
      for (const id of endpointIds)
        await disableEventEndpoint(parley.db, { tenantId: parley.config.PARLEY_TENANT, id }, "operator");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
};

async function addEndpoint({ parley }: ScenarioContext, server: Server, path: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const { config, db } = parley;
  config.EGRESS_ALLOW_HOSTS.push(`127.0.0.1:${port}`);
  const endpoint = await createEventEndpoint(db, createConfiguredVault(config), {
    tenantId: config.PARLEY_TENANT,
    url: `http://127.0.0.1:${port}${path}`,
    types: ["message.received"],
    includeText: false,
  });
  return endpoint?.id ?? "";
}

async function failForLong({ parley }: ScenarioContext): Promise<void> {
  const isDead = like(eventEndpoints.url, `%${DEAD}`);
  await parley.db.update(eventEndpoints).set({ failingSince: FAILING_SINCE }).where(isDead);
}

async function countDeliveries({ parley }: ScenarioContext, condition: SQL): Promise<number> {
  return await parley.db.$count(eventDeliveries, condition);
}

async function openEndpoints(): Promise<Server> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const key = `${path} ${String(request.headers["webhook-id"])}`;
    const statuses = STATUSES[path] ?? [404];
    const nth = counts.get(key) ?? 0;
    counts.set(key, nth + 1);
    request.resume();
    response.writeHead(statuses[Math.min(nth, statuses.length - 1)] ?? 500).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

/** Tasks that workers had when the server was killed are dispatched again, and the history shows it. */
export const serverKilled: Scenario = {
  name: "Temporal killed while messages are in flight",
  async run(context) {
    const { parley, sandbox } = context;
    const slow = { match: { path: "/v1/responses" }, times: null, fault: { delay_ms: 800 } };
    await withFaults(parley.openai, [slow], async () => {
      const sending = runTimes(10, async (i) => {
        await new Promise((resolve) => setTimeout(resolve, i * 150));
        return await parley.sendWebhook({ from: context.newContact(), text: "Can I return a pump?" });
      });
      await new Promise((resolve) => setTimeout(resolve, 900));
      await sandbox.end("temporal", "SIGKILL");
      await sandbox.restart("temporal");
      await context.awaitEnds((await sending).map(({ id }) => id));
    });
  },
};

/** Events that a webhook reports besides messages, of this contact. */
const otherEvents = (from: string) => [
  { type: "message.edited", data: { id: `${from}-1`, from, text: "Are you really there?" } },
  { type: "message.deleted", data: { id: `${from}-2`, from } },
];

/** Events during an outage of PostgreSQL are inlined into the starts of their workflows. */
export const inlinedEvents: Scenario = {
  name: "events that arrived while Postgres was unavailable",
  async run(context) {
    const { parley, sandbox } = context;
    await sandbox.end("postgres", "SIGKILL");
    const sent = await runTimes(6, () =>
      parley.sendWebhook({ from: context.newContact(), text: "Are you there?" }),
    );
    const others = otherEvents(context.newContact());
    const changed = await runTimes(others.length, (i) =>
      parley.sendWebhook({ body: JSON.stringify(others[i]) }),
    );
    const refused = [...sent, ...changed].filter(({ response }) => response.status !== 202);
    if (refused.length > 0) throw new Error(`${refused.length} events were not inlined.`);
    await context.keepOpenRuns();
    await sandbox.restart("postgres");
    await eventually(
      "the store",
      async () =>
        await context.awaitEnds(sent.map(({ id }) => id)).then(
          () => true,
          () => false,
        ),
    );
  },
};
