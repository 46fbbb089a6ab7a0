import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcomesOf } from "../../db/outcomes.ts";
import type { Database } from "../../db/postgres.ts";
import { openSpool } from "../../db/spool.ts";
import type { Stack } from "../../infra/dev/stack.ts";
import { createReceivers } from "../../infra/ops/demo/receivers.ts";
import type { Config } from "../../infra/runtime/config.ts";
import { signStandardWebhook } from "../../infra/runtime/standard-webhooks.ts";
import { eventually } from "../support/eventually.ts";
import { openProcesses, type Processes } from "../support/open-processes.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-spool-"));
/** Room for a few dozen messages. */
const LIMIT_BYTES = 65_536;

let processes: Processes;
let stack: Stack;
let config: Config;
let db: Database;

beforeAll(async () => {
  processes = await openProcesses({
    SPOOL_DIR: folder,
    SPOOL_LIMIT_BYTES: String(LIMIT_BYTES),
    // What is taken back comes home within it.
    PARLEY_QUIET_WINDOW_WEBHOOK_MS: "1000",
  });
  ({ stack, config, db } = processes);
  // The account is known from here on: without Postgres a signature can only be checked with what is in memory.
  expect(await say("calm", "before")).toBe(202);
  await ends(["before"]);
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

const say = (from: string, id: string) =>
  post(id, { type: "message.received", data: { from, text: `Is anybody there? (${id})` } });

const readyz = async () => {
  const response = await fetch(`${config.PUBLIC_BASE_URL}/readyz`);
  return { code: response.status, ...((await response.json()) as object) };
};

const ends = (ids: string[]) =>
  eventually(
    "an end of every message",
    async () => {
      const rows = await outcomesOf(db, ids).catch(() => []);
      const isOpen = rows.some(({ state }) => state === "pending" || state === "in_turn");
      return rows.length === ids.length && !isOpen && rows;
    },
    90_000,
  );

async function loseStores(): Promise<void> {
  await Promise.all([stack.end("postgres", "SIGKILL"), stack.end("temporal", "SIGKILL")]);
}

async function healStores(): Promise<void> {
  await Promise.all([stack.restart("postgres"), stack.restart("temporal")]);
}

describe("while neither Postgres nor Temporal is there", () => {
  it("messages are acknowledged from disk, outlive kill -9, come home in order and are answered once", async () => {
    const receivers = createReceivers(stack.urls);
    await receivers.news();
    const [ann, ben] = [
      ["a1", "a2", "a3", "a4"],
      ["b1", "b2"],
    ];
    await loseStores();
    for (const id of ann.slice(0, 3)) expect(await say("ann", id)).toBe(202);
    // Temporal could carry this one past the others, and must not.
    await stack.restart("temporal");
    await eventually("Temporal", async () => JSON.stringify(await readyz()).includes('"temporal":"ok"'));
    expect(await say("ann", "a4")).toBe(202);
    expect(await readyz()).toMatchObject({
      parts: { temporal: "ok", postgres: "away" },
      spool: { waiting: 4 },
    });
    await stack.end("temporal", "SIGKILL");
    // Of several people at once, and one of them twice.
    expect(await Promise.all(["b1", "c1", "d1", "d1"].map((id) => say(`person ${id}`, id)))).toEqual(
      Array(4).fill(202),
    );
    expect(await say("person b1", "b2")).toBe(202);
    const takenBack = { type: "message.deleted", data: { from: "person c1", id: "c1" } };
    expect(await post("c1-away", takenBack)).toBe(202);
    expect(await readyz()).toMatchObject({
      code: 200,
      status: "degraded",
      spool: { waiting: 10, refused: 0 },
    });

    await stack.end("api", "SIGKILL");
    expect(inSpool()).toBe(10);
    await stack.restart("api");
    expect(await readyz()).toMatchObject({ code: 200, status: "degraded", spool: { waiting: 10 } });
    await healStores();
    expect(await eventually("an acknowledgement", async () => (await say("ann", "a5")) === 202)).toBe(true);

    const rows = await ends([...ann, "a5", ...ben, "c1", "d1"]);
    const bySeq = rows.toSorted((a, b) => a.seq - b.seq).map(({ providerMessageId }) => providerMessageId);
    expect(bySeq.filter((id) => id.startsWith("a"))).toEqual([...ann, "a5"]);
    expect(bySeq.filter((id) => id.startsWith("b"))).toEqual(ben);
    expect(rows.find(({ providerMessageId }) => providerMessageId === "c1")).toMatchObject({
      state: "suppressed",
      reason: "taken_back",
    });
    expect(await readyz()).toMatchObject({ status: "ready", spool: { waiting: 0, refused: 0 } });
    const answered = (await receivers.news()).flatMap(({ inReplyTo }) => inReplyTo);
    expect(answered.toSorted()).toEqual([...ann, "a5", ...ben, "d1"].toSorted());
  }, 180_000);

  it("what the full spool cannot take is refused with 503, and all that it took comes home", async () => {
    await loseStores();
    const taken: string[] = [];
    let status = 202;
    for (let n = 0; status === 202 && n < 200; n++) {
      status = await say(`many ${n}`, `many-${n}`);
      if (status === 202) taken.push(`many-${n}`);
    }
    expect(status).toBe(503);
    expect(taken.length).toBeGreaterThan(10);
    await healStores();
    const rows = await ends(taken);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(["answered"]));
    await eventually("an acknowledgement", async () => (await say("later", "later")) === 202);
    await ends(["later"]);
  }, 180_000);
});

/** What another process finds there after the crash. */
function inSpool(): number {
  const spool = openSpool({ folder, limitBytes: LIMIT_BYTES });
  try {
    return spool.oldest(1_000).length;
  } finally {
    spool.close();
  }
}
