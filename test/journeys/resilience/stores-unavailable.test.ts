import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Sandbox } from "../../../infra/sandbox/sandbox.ts";
import { createReceivers } from "../../../infra/cli/demo/receivers.ts";
import { signStandardWebhook } from "../../../infra/runtime/signatures/standard-webhooks.ts";
import type { Config } from "../../../infra/runtime/config/config.ts";
import { eventually } from "../../support/eventually.ts";
import { openSession, openStream, sendMessage } from "../../api/web/visitor.ts";
import { openProcesses, type Processes } from "../../support/open-processes.ts";

let processes: Processes;
let sandbox: Sandbox;
let config: Config;
let db: Database;

beforeAll(async () => {
  processes = await openProcesses();
  ({ sandbox, config, db } = processes);
});
afterAll(() => processes.close());

async function post(id: string, message: { from?: string; text?: string } = {}): Promise<number> {
  const body = JSON.stringify({
    type: "message.received",
    data: { from: `person-${id}`, text: "Is anybody there?", ...message },
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
  return { code: response.status, ...((await response.json()) as { status: string; checks: object }) };
};
const awaitAnswered = (id: string) =>
  eventually("a reply", async () =>
    (await findMessageOutcomes(db, [id]).catch(() => [])).find(({ state }) => state === "answered"),
  );

describe("while a store is unavailable", () => {
  it("a message is acknowledged without Temporal, and the sweeper starts its workflow later", async () => {
    await sandbox.end("temporal", "SIGKILL");
    expect(await post("temporal-down")).toBe(202);
    expect(await readyz()).toMatchObject({
      code: 200,
      status: "degraded",
      checks: { temporal: "unavailable", postgres: "ok" },
    });
    await sandbox.restart("temporal");
    await awaitAnswered("temporal-down");
  });

  it("a message is inlined into the start of its workflow without Postgres, and is stored later", async () => {
    await sandbox.end("postgres", "SIGKILL");
    expect(await post("postgres-down")).toBe(202);
    expect(await readyz()).toMatchObject({
      code: 200,
      status: "degraded",
      checks: { temporal: "ok", postgres: "unavailable" },
    });
    await sandbox.restart("postgres");
    await awaitAnswered("postgres-down");
  });

  it("a web chat message is inlined without Postgres, and the open page gets it and its reply later", async () => {
    const { PUBLIC_BASE_URL: url } = config;
    const session = await openSession(url, { origin: url });
    const stream = await openStream(url, session);
    await stream.until("ready");
    await sandbox.end("postgres", "SIGKILL");
    const { id, status, body } = await sendMessage(url, session, "Is anybody there?");
    expect([status, body["outcome"]]).toEqual([202, "inlined"]);
    await sandbox.restart("postgres");
    await stream.until("message", (data) => data["id"] === id);
    await stream.until("reply");
  });

  it("a message is rejected with 503 without both stores, and accepted on redelivery", async () => {
    await sandbox.end("postgres", "SIGKILL");
    await sandbox.end("temporal", "SIGKILL");
    expect(await post("both-down")).toBe(503);
    expect(await readyz()).toMatchObject({ code: 503, status: "unavailable" });
    await Promise.all([sandbox.restart("postgres"), sandbox.restart("temporal")]);
    expect(await eventually("an acknowledgement", async () => (await post("both-down")) === 202)).toBe(true);
    await awaitAnswered("both-down");
  });

  it("messages are answered and the limit holds without Redis", async () => {
    await sandbox.end("redis", "SIGKILL");
    expect(await post("redis-down")).toBe(202);
    await awaitAnswered("redis-down");
    await sandbox.restart("redis");
  });

  it("no contact got two replies in these outages", async () => {
    const replies = await createReceivers(sandbox.urls).pollNew();
    expect(replies.map(({ to }) => to).toSorted()).toEqual(
      ["both-down", "postgres-down", "redis-down", "temporal-down"].map((id) => `person-${id}`),
    );
  });
});

describe("what arrived while Postgres was unavailable", () => {
  const WRITERS = Array.from({ length: 8 }, (_, i) => String(i));
  /** The model responds soon after the outage. A step that is tried again with growing waits would have its next try later. */
  const MODEL_MS = 10_000;
  const OUTAGE_MS = 6_500;
  /** Sends are held for this time after the outage, and longer while messages are stored. */
  const HOLD_MS = 2_000;

  it("a STOP silences the answer that is under way and is acknowledged when it is stored, and messages are answered in their order", async () => {
    await slowModelDown({ calls: WRITERS.length });
    const receivers = createReceivers(sandbox.urls);
    await receivers.pollNew();
    for (const i of WRITERS) expect(await post(`asked-${i}`, { from: `stopper-${i}` })).toBe(202);
    await eventually("the model calls", async () => (await countSlowCalls()) === WRITERS.length);
    await sandbox.end("postgres", "SIGKILL");
    const stop = async (i: string) => await post(`stop-${i}`, { from: `stopper-${i}`, text: "STOP" });
    const keptAt = new Map<string, number>();
    for (const i of WRITERS) {
      expect(await stop(i)).toBe(503);
      keptAt.set(`stopper-${i}`, Date.now());
      expect(await post(`first-${i}`, { from: `writer-${i}`, text: "First question" })).toBe(202);
    }
    for (const i of WRITERS) expect(await post(`second-${i}`, { from: `writer-${i}` })).toBe(202);
    await sleep(OUTAGE_MS);
    await sandbox.restart("postgres");
    const backAt = Date.now();
    const storedAt = await noteStored(WRITERS.map((i) => `stop-${i}`));
    const ids = WRITERS.flatMap((i) => [`asked-${i}`, `stop-${i}`, `first-${i}`, `second-${i}`]);
    await awaitStates(ids, (state) => state !== "pending" && state !== "in_turn");
    for (const i of WRITERS) expect(await stop(i)).toBe(202);
    const replies = await receivers.pollNew();
    // A machine without free cores may store a STOP after the hold. Such a STOP silences from then on.
    const silentFrom = (contact: string) => {
      const at = storedAt.get(contact.replace("stopper", "stop")) ?? 0;
      return at - backAt < HOLD_MS ? keptAt.get(contact) : at;
    };
    const late = replies.filter(
      ({ to, at, inReplyTo }) =>
        at > (silentFrom(to) ?? Infinity) && inReplyTo.some((id) => id.startsWith("asked")),
    );
    expect(late).toEqual([]);
    for (const i of WRITERS) {
      const order = replies.filter(({ to }) => to === `writer-${i}`).flatMap(({ inReplyTo }) => inReplyTo);
      expect(order).toEqual([`first-${i}`, `second-${i}`]);
    }
  });

  /** The times, ms, at which the messages were seen in the inbox. */
  async function noteStored(ids: string[]): Promise<ReadonlyMap<string, number>> {
    const times = new Map<string, number>();
    await eventually("the stored messages", async () => {
      const rows = await findMessageOutcomes(db, ids).catch(() => []);
      for (const { providerMessageId: id } of rows) times.set(id, times.get(id) ?? Date.now());
      return times.size === ids.length;
    });
    return times;
  }

  async function slowModelDown({ calls }: { calls: number }): Promise<void> {
    const script = [{ match: { path: "/v1/responses" }, times: calls, fault: { delay_ms: MODEL_MS } }];
    const headers = { "content-type": "application/json" };
    await fetch(faultsUrl(), { method: "POST", headers, body: JSON.stringify({ script }) });
  }

  async function countSlowCalls(): Promise<number> {
    const { script } = (await (await fetch(faultsUrl())).json()) as { script: { fired: number }[] };
    return script[0]?.fired ?? 0;
  }

  const faultsUrl = () => `${sandbox.urls.openai}/__control/faults`;

  const awaitStates = (ids: string[], isWanted: (state: string) => boolean) =>
    eventually(
      "the states of all messages",
      async () => {
        const rows = await findMessageOutcomes(db, ids).catch(() => []);
        return rows.length === ids.length && rows.every(({ state }) => isWanted(state));
      },
      90_000,
    );
});
