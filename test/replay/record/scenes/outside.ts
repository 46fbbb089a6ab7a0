import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { sql } from "drizzle-orm";
import { createEventEndpoint, disableEventEndpoint } from "../../../../db/event-endpoints.ts";
import { configuredVault } from "../../../../infra/runtime/vault.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Scene, several, type Stage, under } from "../stage.ts";

/** What the endpoints of a tenant answer, by path: the second request to `/once-500` is taken. */
const ANSWERS: Readonly<Record<string, readonly number[]>> = {
  "/takes": [204],
  "/gone": [410],
  "/once-500": [500, 204],
  "/down": [503],
};

/** Events on their way to the tenant's own systems: taken, taken later, refused for good, and still waiting. */
export const outgoingEvents: Scene = {
  name: "outgoing events",
  async play(stage) {
    const { parley } = stage;
    const server = await openEndpoints();
    try {
      const endpointIds = await several(4, (i) => addEndpoint(stage, server, Object.keys(ANSWERS)[i] ?? ""));
      const sent = await several(5, () =>
        parley.sendWebhook({ from: stage.person(), text: "Can I return a bell?" }),
      );
      await stage.ends(sent.map(({ id }) => id));
      await eventually("what can come to an end", async () => (await countEnded(stage)) >= 12, 120_000);
      await stage.keepOpenRuns();
      for (const id of endpointIds)
        await disableEventEndpoint(parley.db, { tenantId: parley.config.PARLEY_TENANT, id }, "operator");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
};

async function addEndpoint({ parley }: Stage, server: Server, path: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const { config, db } = parley;
  config.EGRESS_ALLOW_HOSTS.push(`127.0.0.1:${port}`);
  const endpoint = await createEventEndpoint(db, configuredVault(config), {
    tenantId: config.PARLEY_TENANT,
    url: `http://127.0.0.1:${port}${path}`,
    types: ["message.received"],
    includeText: false,
  });
  return endpoint?.id ?? "";
}

async function countEnded({ parley }: Stage): Promise<number> {
  const { rows } = await parley.db.execute<{ ended: number }>(
    sql`SELECT count(*)::int AS ended FROM event_deliveries WHERE state <> 'pending'`,
  );
  return rows[0]?.ended ?? 0;
}

async function openEndpoints(): Promise<Server> {
  const seen = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const key = `${path} ${String(request.headers["webhook-id"])}`;
    const answers = ANSWERS[path] ?? [404];
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    request.resume();
    response.writeHead(answers[Math.min(nth, answers.length - 1)] ?? 500).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

/** Tasks that were handed out when the server died are handed out again, and the history says so. */
export const serverAway: Scene = {
  name: "Temporal killed under way",
  async play(stage) {
    const { parley, stack } = stage;
    const slow = { match: { path: "/v1/responses" }, times: null, fault: { delay_ms: 800 } };
    await under(parley.openai, [slow], async () => {
      const sending = several(10, async (i) => {
        await new Promise((resolve) => setTimeout(resolve, i * 150));
        return await parley.sendWebhook({ from: stage.person(), text: "Can I return a bell?" });
      });
      await new Promise((resolve) => setTimeout(resolve, 900));
      await stack.end("temporal", "SIGKILL");
      await stack.restart("temporal");
      await stage.ends((await sending).map(({ id }) => id));
    });
  },
};

/** Messages that came while Postgres was away travel inside their workflows' starts. */
export const carried: Scene = {
  name: "messages that came while Postgres was away",
  async play(stage) {
    const { parley, stack } = stage;
    await stack.end("postgres", "SIGKILL");
    const sent = await several(6, () =>
      parley.sendWebhook({ from: stage.person(), text: "Is anybody there?" }),
    );
    const refused = sent.filter(({ response }) => response.status !== 202);
    if (refused.length > 0) throw new Error(`${refused.length} messages were not carried.`);
    await stage.keepOpenRuns();
    await stack.restart("postgres");
    await eventually(
      "the store",
      async () =>
        await stage.ends(sent.map(({ id }) => id)).then(
          () => true,
          () => false,
        ),
    );
  },
};
