import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcomesOf } from "../../db/outcomes.ts";
import type { Database } from "../../db/postgres.ts";
import type { Stack } from "../../infra/dev/stack.ts";
import { createReceivers } from "../../infra/ops/demo/receivers.ts";
import { signStandardWebhook } from "../../infra/runtime/standard-webhooks.ts";
import type { Config } from "../../infra/runtime/config.ts";
import { eventually } from "../support/eventually.ts";
import { openSession, openStream, say } from "../web/visitor.ts";
import { openProcesses, type Processes } from "../support/open-processes.ts";

let processes: Processes;
let stack: Stack;
let config: Config;
let db: Database;

beforeAll(async () => {
  processes = await openProcesses();
  ({ stack, config, db } = processes);
});
afterAll(() => processes.close());

async function post(id: string): Promise<number> {
  const body = JSON.stringify({
    type: "message.received",
    data: { from: `person-${id}`, text: "Is anybody there?" },
  });
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = signStandardWebhook({ id, timestamp, body, secrets: [config.WEBHOOK_SECRET ?? ""] });
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signature,
  };
  const response = await fetch(`${config.PUBLIC_BASE_URL}/webhooks/webhook/main`, {
    method: "POST",
    headers,
    body,
  });
  return response.status;
}

const readyz = async () => {
  const response = await fetch(`${config.PUBLIC_BASE_URL}/readyz`);
  return { code: response.status, ...((await response.json()) as { status: string; parts: object }) };
};
const answered = (id: string) =>
  eventually(
    "an answer",
    async () => (await outcomesOf(db, [id]).catch(() => [])).find(({ state }) => state === "answered"),
    60_000,
  );

describe("while a store is away", () => {
  it("Temporal: a message is acknowledged from its row, and started by the sweeper afterwards", async () => {
    await stack.end("temporal", "SIGKILL");
    expect(await post("temporal-away")).toBe(202);
    expect(await readyz()).toMatchObject({
      code: 200,
      status: "degraded",
      parts: { temporal: "away", postgres: "ok" },
    });
    await stack.restart("temporal");
    await answered("temporal-away");
  }, 90_000);

  it("Postgres: a message travels inside its workflow's start, and comes home afterwards", async () => {
    await stack.end("postgres", "SIGKILL");
    expect(await post("postgres-away")).toBe(202);
    expect(await readyz()).toMatchObject({
      code: 200,
      status: "degraded",
      parts: { temporal: "ok", postgres: "away" },
    });
    await stack.restart("postgres");
    await answered("postgres-away");
  }, 90_000);

  it("Postgres: a web chat's message travels too, and the open page hears of it and of its answer afterwards", async () => {
    const { PUBLIC_BASE_URL: url } = config;
    const session = await openSession(url, { origin: url });
    const stream = await openStream(url, session);
    await stream.until("ready");
    await stack.end("postgres", "SIGKILL");
    const { id, status, body } = await say(url, session, "Is anybody there?");
    expect([status, body["outcome"]]).toEqual([202, "carried"]);
    await stack.restart("postgres");
    await stream.until("message", (data) => data["id"] === id);
    await stream.until("reply");
  }, 90_000);

  it("both: a message is refused with 503 and taken when it is delivered again", async () => {
    await stack.end("postgres", "SIGKILL");
    await stack.end("temporal", "SIGKILL");
    expect(await post("both-away")).toBe(503);
    expect(await readyz()).toMatchObject({ code: 503, status: "unavailable" });
    await Promise.all([stack.restart("postgres"), stack.restart("temporal")]);
    expect(await eventually("an acknowledgement", async () => (await post("both-away")) === 202)).toBe(true);
    await answered("both-away");
  }, 90_000);

  it("Redis: messages are answered, and the limit still holds", async () => {
    await stack.end("redis", "SIGKILL");
    expect(await post("redis-away")).toBe(202);
    await answered("redis-away");
    await stack.restart("redis");
  }, 60_000);

  it("none of it gave anybody two answers", async () => {
    const replies = await createReceivers(stack.urls).news();
    expect(replies.map(({ to }) => to).toSorted()).toEqual(
      ["both-away", "postgres-away", "redis-away", "temporal-away"].map((id) => `person-${id}`),
    );
  });
});
