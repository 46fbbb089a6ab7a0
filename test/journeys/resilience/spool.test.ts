import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import { openSpool } from "../../../db/inbound/spool.ts";
import type { Sandbox } from "../../../infra/sandbox/sandbox.ts";
import { createReceivers } from "../../../infra/cli/demo/receivers.ts";
import type { Config } from "../../../infra/runtime/config/config.ts";
import { signStandardWebhook } from "../../../infra/runtime/signatures/standard-webhooks.ts";
import { eventually } from "../../support/eventually.ts";
import { listWaiting } from "../../support/ingest/list-waiting.ts";
import { openProcesses, type Processes } from "../../support/open-processes.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-spool-"));
/** Space for a few dozen messages. */
const LIMIT_BYTES = 65_536;

let processes: Processes;
let sandbox: Sandbox;
let config: Config;
let db: Database;

beforeAll(async () => {
  processes = await openProcesses({
    SPOOL_DIR: folder,
    SPOOL_LIMIT_BYTES: String(LIMIT_BYTES),
    // Longer than the spool needs to drain: the deletion of a message must be stored before the message is answered.
    PARLEY_QUIET_WINDOW_WEBHOOK_MS: "3000",
  });
  ({ sandbox, config, db } = processes);
  // Loads the account into memory: without Postgres the ingress can only check signatures of accounts that it has loaded.
  expect(await sendText("calm", "before")).toBe(202);
  await awaitEnds(["before"]);
});
afterAll(async () => {
  await processes.close();
  rmSync(folder, { recursive: true, force: true });
});

async function post(id: string, event: object): Promise<number> {
  const body = JSON.stringify(event);
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = signStandardWebhook({ id, timestamp, body, secrets: [config.WEBHOOK_SECRET ?? ""] });
  const signed = { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signature };
  const url = `${config.PUBLIC_BASE_URL}/webhooks/webhook/main`;
  return (await fetch(url, { method: "POST", headers: signed, body })).status;
}

const sendText = (from: string, id: string) =>
  post(id, { type: "message.received", data: { from, text: `Is anybody there? (${id})` } });

const readyz = async () => {
  const response = await fetch(`${config.PUBLIC_BASE_URL}/readyz`);
  return { code: response.status, ...((await response.json()) as { status: string }) };
};

const awaitEnds = (ids: string[]) =>
  eventually(
    "outcomes of all messages",
    async () => {
      const rows = await findMessageOutcomes(db, ids).catch(() => []);
      const isOpen = rows.some(({ state }) => state === "pending" || state === "in_turn");
      return rows.length === ids.length && !isOpen && rows;
    },
    90_000,
  );

async function stopStores(): Promise<void> {
  await Promise.all([sandbox.end("postgres", "SIGKILL"), sandbox.end("temporal", "SIGKILL")]);
}

async function restartStores(): Promise<void> {
  await Promise.all([sandbox.restart("postgres"), sandbox.restart("temporal")]);
}

describe("while only Postgres is unavailable", () => {
  it("a message that was taken back is not answered, and a later message does not overtake an earlier one", async () => {
    const receivers = createReceivers(sandbox.urls);
    await receivers.pollNew();
    const writers = Array.from({ length: 6 }, (_, i) => `early ${i}`);
    const first = (from: string) => `${from} first`;
    const deletion = (from: string) => ({ type: "message.deleted", data: { from, id: first(from) } });
    await sandbox.end("postgres", "SIGKILL");
    for (const from of writers) expect(await sendText(from, first(from))).toBe(202);
    for (const from of writers) expect(await post(`${from} deletion`, deletion(from))).toBe(202);
    for (const from of writers) expect(await sendText(from, `${from} second`)).toBe(202);
    await sandbox.restart("postgres");
    const rows = await awaitEnds(writers.flatMap((from) => [first(from), `${from} second`]));
    expect(
      new Set(rows.filter(({ providerMessageId: id }) => id.endsWith("first")).map(({ reason }) => reason)),
    ).toEqual(new Set(["taken_back"]));
    const answered = (await receivers.pollNew()).flatMap(({ inReplyTo }) => inReplyTo);
    expect(answered.toSorted()).toEqual(writers.map((from) => `${from} second`));
  });
});

describe("while Postgres and Temporal are unavailable", () => {
  it("messages are acknowledged from disk, survive kill -9, are stored in order and are answered once", async () => {
    const receivers = createReceivers(sandbox.urls);
    await receivers.pollNew();
    const [ann, ben] = [
      ["a1", "a2", "a3", "a4"],
      ["b1", "b2"],
    ];
    await stopStores();
    for (const id of ann.slice(0, 3)) expect(await sendText("ann", id)).toBe(202);
    // Inlined into a workflow start, this message would overtake the spooled ones.
    await sandbox.restart("temporal");
    await eventually("Temporal", async () => JSON.stringify(await readyz()).includes('"temporal":"ok"'));
    expect(await sendText("ann", "a4")).toBe(202);
    expect(await readyz()).toMatchObject({
      checks: { temporal: "ok", postgres: "unavailable" },
      spool: { waiting: 4 },
    });
    await sandbox.end("temporal", "SIGKILL");
    // Messages of several contacts at the same time, one of them twice: it is one entry.
    expect(await Promise.all(["b1", "c1", "d1", "d1"].map((id) => sendText(`person ${id}`, id)))).toEqual(
      Array(4).fill(202),
    );
    expect(await sendText("person b1", "b2")).toBe(202);
    const deletion = { type: "message.deleted", data: { from: "person c1", id: "c1" } };
    expect(await post("c1-deletion", deletion)).toBe(202);
    expect(await readyz()).toMatchObject({
      code: 200,
      status: "degraded",
      spool: { waiting: 9, refused: 0 },
    });

    await sandbox.end("api", "SIGKILL");
    expect(countSpooled()).toBe(9);
    await sandbox.restart("api");
    // It does not know the accounts, so every webhook is rejected.
    expect(await sendText("ann", "too-early")).toBe(503);
    expect(await readyz()).toMatchObject({
      code: 503,
      status: "unavailable",
      checks: { accounts: "unknown" },
      spool: { waiting: 9 },
    });
    await restartStores();
    expect(await eventually("an acknowledgement", async () => (await sendText("ann", "a5")) === 202)).toBe(
      true,
    );

    const rows = await awaitEnds([...ann, "a5", ...ben, "c1", "d1"]);
    const bySeq = rows.toSorted((a, b) => a.seq - b.seq).map(({ providerMessageId }) => providerMessageId);
    expect(bySeq.filter((id) => id.startsWith("a"))).toEqual([...ann, "a5"]);
    expect(bySeq.filter((id) => id.startsWith("b"))).toEqual(ben);
    expect(rows.find(({ providerMessageId }) => providerMessageId === "c1")).toMatchObject({
      state: "suppressed",
      reason: "taken_back",
    });
    await eventually("readiness", async () => (await readyz()).status === "ready");
    expect(await readyz()).toMatchObject({ spool: { waiting: 0, refused: 0 } });
    const answered = (await receivers.pollNew()).flatMap(({ inReplyTo }) => inReplyTo);
    expect(answered.toSorted()).toEqual([...ann, "a5", ...ben, "d1"].toSorted());
  }, 180_000);

  it("a full spool rejects messages with 503, and all accepted messages are stored later", async () => {
    await stopStores();
    const accepted: string[] = [];
    let status = 202;
    for (let n = 0; status === 202 && n < 200; n++) {
      status = await sendText(`many ${n}`, `many-${n}`);
      if (status === 202) accepted.push(`many-${n}`);
    }
    expect(status).toBe(503);
    expect(accepted.length).toBeGreaterThan(10);
    await restartStores();
    const rows = await awaitEnds(accepted);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(["answered"]));
    await eventually("an acknowledgement", async () => (await sendText("later", "later")) === 202);
    await awaitEnds(["later"]);
  }, 180_000);
});

/** The number of spooled messages, as another process finds them after the crash. */
function countSpooled(): number {
  const spool = openSpool({ folder, limitBytes: LIMIT_BYTES });
  try {
    return listWaiting(spool).length;
  } finally {
    spool.close();
  }
}
