import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createGenerate } from "../../activities/generate.ts";
import { createSplit } from "../../activities/channels/notation/create-split.ts";
import type { ActivityDependencies } from "../../activities/index.ts";
import { createRecord } from "../../activities/record.ts";
import { createScreen } from "../../activities/screen.ts";
import { createActivityDependencies, openDependencies } from "../../activities/worker/dependencies.ts";
import { contacts } from "../../db/schema/contacts.ts";
import { conversations, inbox, messages } from "../../db/schema/conversations.ts";
import { deliveries } from "../../db/schema/deliveries.ts";
import { modelResponses, turns } from "../../db/schema/turns.ts";
import { findTurnDeliveries } from "../../db/delivery/deliveries.ts";
import { saveResponse } from "../../db/turns/model-responses.ts";
import { createTurnMemory, type RememberedTurn } from "../../db/turns/turn-memory.ts";
import { createConfiguredVault } from "../../infra/runtime/encryption/vault.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";
import { runActivity } from "../support/activities/run-activity.ts";
import { replaceTurnByMessage, seedContext, type SeededTurn, seedTurn } from "../support/seed-turns.ts";
import { createLog } from "../../infra/runtime/log.ts";

const SILENT = createLog({ level: "silent", name: "test" });

let parley: Installation;
let connections: ReturnType<typeof openDependencies>;
let seeded: SeededTurn;

beforeAll(async () => {
  parley = await openInstallation({ worker: false });
  connections = openDependencies(parley.config, SILENT);
});
afterAll(async () => {
  await connections.close();
  await parley.close();
});
/** A turn that answers a message, with a context and without a reply. */
beforeEach(async () => {
  const { db, config } = parley;
  const vault = createConfiguredVault(config);
  const turn = await seedTurn(db, vault);
  const { turnId, tenantId, conversationId, workflowId } = turn.scope;
  const message = await replaceTurnByMessage(db, vault, turn);
  await db.insert(turns).values({ id: turnId, tenantId, conversationId, workflowId });
  await db
    .update(inbox)
    .set({ turnId, state: "in_turn" })
    .where(eq(inbox.providerMessageId, message.providerMessageId));
  await seedContext(db, vault, turn);
  seeded = turn;
});

/** The steps of one process, with a memory of its own, and with rules of its own where another build or another setting has some. */
function openProcess(rules: Partial<ActivityDependencies> = {}) {
  const dependencies = { ...createActivityDependencies(parley.config, connections), ...rules };
  const { turnId } = seeded.scope;
  const step = { turnId, tier: "full_context", reason: null } as const;
  const steps = {
    generate: createGenerate(dependencies),
    screen: createScreen(dependencies),
    record: createRecord(dependencies),
  };
  return {
    memory: dependencies.memory,
    run: async (...names: (keyof typeof steps)[]) => {
      for (const name of names) await runActivity(async () => await steps[name](step));
    },
  };
}

/** A process whose channel allows shorter messages. */
function openProcessWithLimit(characters: number) {
  const { channels } = createActivityDependencies(parley.config, connections);
  const short = createSplit("plain", (text) => text.length <= characters);
  const { webhook } = channels;
  if (webhook === undefined) throw new Error("There is no channel.");
  return openProcess({ channels: { ...channels, webhook: { ...webhook, ...short } } });
}

const isSeeded = () => eq(turns.id, seeded.scope.turnId);
const readRow = async () => (await parley.db.select().from(turns).where(isSeeded()))[0];
const countModelCalls = () => parley.openai.faults.list()[0]?.fired ?? 0;

const readPartIds = async () =>
  (await findTurnDeliveries(parley.db, createConfiguredVault(parley.config), seeded.scope)).map(
    ({ id, part }) => ({ id, part }),
  );
const countLines = async () => {
  const isReply = and(eq(messages.turnId, seeded.scope.turnId), eq(messages.direction, "outbound"));
  return await parley.db.$count(messages, isReply);
};

async function readParts(): Promise<string[]> {
  const vault = createConfiguredVault(parley.config);
  return (await findTurnDeliveries(parley.db, vault, seeded.scope)).map(({ text }) => text);
}

/** A crash of PostgreSQL that loses the last commits of the turn. */
async function loseContext(): Promise<void> {
  await parley.db.update(turns).set({ context: null, route: null, version: 1 }).where(isSeeded());
}

it("one process takes a turn from its completion to its reply, and remembers nothing of it after that", async () => {
  const { memory, run } = openProcess();
  await run("generate", "screen");
  expect(memory.find(seeded.scope.turnId)).toMatchObject({
    parts: [{ text: expect.any(String) as string, marks: [] }],
  });
  await run("record");
  expect(memory.find(seeded.scope.turnId)).toBeNull();
  expect(await readParts()).toHaveLength(1);
  expect(await readRow()).toMatchObject({ tier: "full_context" });
});

it("each step of a turn may run in another process, and a repeated step changes nothing", async () => {
  await openProcess().run("generate");
  await openProcess().run("generate", "screen");
  await openProcess().run("record");
  const parts = await readParts();
  expect(parts).toHaveLength(1);
  await openProcess().run("screen", "record", "record");
  expect(await readParts()).toEqual(parts);
});

it("a context that the database has lost is built again before the model call", async () => {
  const { run } = openProcess();
  await loseContext();
  await run("generate");
  const row = await readRow();
  expect(row?.context).not.toBeNull();
  await openProcess().run("screen", "record");
  expect(await readParts()).toHaveLength(1);
});

it("a context that the database loses during the model call is stored with the completion that answers it", async () => {
  const dependencies = createActivityDependencies(parley.config, connections);
  const before = (await readRow())?.version ?? 0;
  const model = {
    ...dependencies.model,
    complete: async (...call: Parameters<typeof dependencies.model.complete>) => {
      await loseContext();
      return await dependencies.model.complete(...call);
    },
  };
  const generate = createGenerate({ ...dependencies, model });
  const step = { turnId: seeded.scope.turnId, tier: "full_context", reason: null } as const;
  await runActivity(async () => await generate(step));
  const row = await readRow();
  expect(row?.context).not.toBeNull();
  expect([0, 1, before]).not.toContain(row?.version);
  await openProcess().run("screen", "record");
  expect(await readParts()).toHaveLength(1);
});

it("a process does not record what it remembers when another process has continued the turn", async () => {
  const { db, config } = parley;
  const { run } = openProcess();
  await run("generate", "screen");
  const version = 77;
  await db.update(turns).set({ version }).where(isSeeded());
  await db.delete(modelResponses).where(eq(modelResponses.turnId, seeded.scope.turnId));
  const response = { tier: "full_context", model: null, providerRequestId: null, text: "The other answer." };
  const usage = { inputTokens: 0, cachedTokens: 0, outputTokens: 0, costUsd: 0 };
  await saveResponse(
    db,
    createConfiguredVault(config),
    { scope: seeded.scope, version },
    { ...response, ...usage },
  );
  await run("record");
  expect(await readParts()).toEqual(["The other answer."]);
});

it("a reply that is recorded is not made again by the rules of another process", async () => {
  await openProcess().run("generate", "screen", "record");
  const parts = await readParts();
  const text = parts.join();
  await openProcessWithLimit(10).run("record");
  await openProcess({ knownSecrets: [text] }).run("record");
  expect(await readParts()).toEqual(parts);
  expect(await countLines()).toBe(1);
});

it("two processes with other limits record one set of parts", async () => {
  const late = openProcessWithLimit(10);
  await late.run("generate", "screen");
  await openProcess().run("record");
  const parts = await readParts();
  expect(parts).toHaveLength(1);
  await late.run("record");
  expect(await readParts()).toEqual(parts);
  expect(await countLines()).toBe(1);
});

it("a reply that the database has lost is recorded again with the same ids, which vendors know as keys", async () => {
  await openProcessWithLimit(10).run("generate", "screen", "record");
  const ids = await readPartIds();
  expect(new Set(ids.map(({ id }) => id)).size).toBeGreaterThan(1);
  await parley.db.delete(deliveries).where(eq(deliveries.turnId, seeded.scope.turnId));
  await parley.db.update(turns).set({ tier: null, version: 78 }).where(isSeeded());
  await openProcessWithLimit(10).run("record");
  expect(await readPartIds()).toEqual(ids);
});

it("a turn whose completion the database has lost is not tried again", async () => {
  await openProcess().run("generate");
  await parley.db.delete(modelResponses).where(eq(modelResponses.turnId, seeded.scope.turnId));
  const lost = { type: "Poison", nonRetryable: true, details: ["poison:reply_lost"] };
  await expect(openProcess().run("screen")).rejects.toMatchObject(lost);
  await expect(openProcess().run("record")).rejects.toMatchObject(lost);
});

it("a message that arrives during the turn takes the next number, and the reply is recorded after it", async () => {
  const { db } = parley;
  const { conversationId, turnId } = seeded.scope;
  const { run } = openProcess();
  await run("generate", "screen");
  const isOwn = eq(conversations.id, conversationId);
  const [before] = await db.select().from(conversations).where(isOwn);
  const nextSeq = (before?.nextSeq ?? 0) + 1;
  await db.update(conversations).set({ nextSeq }).where(isOwn);
  await run("record");
  expect(await readParts()).toHaveLength(1);
  const lines = await db.select().from(messages).where(eq(messages.turnId, turnId));
  expect(lines.map(({ seq }) => seq)).toEqual([nextSeq]);
});

it("a text of a contact whose key was destroyed during the turn reaches neither a model nor a reply", async () => {
  const { db, openai } = parley;
  const { contactId } = seeded.scope;
  const { memory, run } = openProcess();
  await run("generate", "screen");
  const turn = memory.find(seeded.scope.turnId);
  await db.update(contacts).set({ dataKey: null }).where(eq(contacts.id, contactId));
  await expect(run("record")).rejects.toMatchObject({ name: "Unreadable" });
  expect(await db.select().from(deliveries).where(eq(deliveries.turnId, seeded.scope.turnId))).toEqual([]);
  await db.delete(modelResponses).where(eq(modelResponses.turnId, seeded.scope.turnId));
  if (turn === null) throw new Error("The process remembers nothing.");
  memory.remember(turn);
  openai.faults.replace([{ match: { path: "/v1/responses" }, times: null, fault: { status: 500 } }]);
  await expect(run("generate")).rejects.toMatchObject({ name: "Unreadable" });
  expect(countModelCalls()).toBe(0);
  openai.faults.clear();
});

it("the memory of a process has a limit of turns and of bytes", () => {
  const memory = createTurnMemory({ maxTurns: 3, maxBytes: 20_000, keepMs: 60_000 });
  const turnOf = (turnId: string, text: string): RememberedTurn => ({
    version: 1,
    nextSeq: 1,
    scope: { ...seeded.scope, turnId },
    context: { context: text, route: null },
    response: null,
    parts: null,
  });
  for (const turnId of ["a", "b", "c", "d"]) memory.remember(turnOf(turnId, "short"));
  expect(["a", "b", "c", "d"].map((turnId) => memory.find(turnId) !== null)).toEqual([
    false,
    true,
    true,
    true,
  ]);
  memory.remember(turnOf("long", "x".repeat(8_000)));
  expect([memory.find("long"), memory.find("b")]).toEqual([expect.anything(), null]);
  memory.remember(turnOf("too long", "x".repeat(80_000)));
  expect(memory.find("too long")).toBeNull();
});
