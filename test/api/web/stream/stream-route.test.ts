import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { drizzle } from "drizzle-orm/node-postgres";
import Fastify from "fastify";
import { expect, it } from "vitest";
import { PROBLEM_SCHEMA } from "../../../../api/problem.ts";
import type { VisitorGate } from "../../../../api/web/add-visitor-route.ts";
import { createOpenStreams } from "../../../../api/web/stream/open-streams.ts";
import { registerStreamRoute } from "../../../../api/web/stream/stream-route.ts";

type Dependencies = Parameters<typeof registerStreamRoute>[1];

/** The route alone, with a store that responds after a pause and sessions that are all valid. */
function buildRoute({ perNetwork, query }: { perNetwork: number; query: () => Promise<{ rows: never[] }> }) {
  const app = Fastify({ trustProxy: true });
  app.addSchema(PROBLEM_SCHEMA);
  app.setErrorHandler((error: { status?: number }, _request, reply) =>
    reply.code(error.status ?? 500).send(),
  );
  const streams = createOpenStreams({ perNetwork });
  const dependencies = {
    db: drizzle({ client: { query } as never }),
    hub: { listen: () => () => undefined, isSubscribed: () => false },
    streams,
    // They are closed as soon as they are open.
    pace: { heartbeatMs: 60_000, pollMs: 60_000 },
  } as unknown as Dependencies;
  const gate = {
    allowOrigin: async () => undefined,
    preflight: async () => undefined,
    check: async ({ params }: { params: { conversation_id: string } }) => ({
      session: {
        conversationId: params.conversation_id,
        accountId: "main",
        expiresAt: new Date(Date.now() + 60_000),
      },
    }),
  } as unknown as VisitorGate;
  registerStreamRoute(app, dependencies, gate);
  const open = async (visitor: string) =>
    (
      await app.inject({
        url: `/conversations/${visitor}/stream`,
        headers: { "x-forwarded-for": "192.0.2.1" },
      })
    ).statusCode;
  return { streams, open };
}

it("streams that open at the same time do not pass the limit of their network together", async () => {
  const query = async () => {
    await sleep(20);
    return { rows: [] };
  };
  const { streams, open } = buildRoute({ perNetwork: 3, query });
  const opening = Promise.all(Array.from({ length: 10 }, async () => await open(randomUUID())));
  await sleep(60);
  await streams.endAll();
  const statuses = (await opening).toSorted((a, b) => a - b);
  expect(statuses).toEqual([200, 200, 200, 429, 429, 429, 429, 429, 429, 429]);
});

it("a stream that cannot open gives its place back", async () => {
  const { open } = buildRoute({ perNetwork: 1, query: async () => await Promise.reject(new Error("down")) });
  expect([await open(randomUUID()), await open(randomUUID())]).toEqual([500, 500]);
});
