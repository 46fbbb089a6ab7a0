import { randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toReplyText } from "../../../db/delivery/reply-text.ts";
import { findConversationOwner } from "../../../db/conversations/open-conversation.ts";
import { findDeadLetter, listDeadLetters } from "../../../db/dead-letters/dead-letters.ts";
import { openOutboundTurn } from "../../../db/turns/outbound-turns.ts";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import { replayDeadLetter } from "../../../db/dead-letters/replay-dead-letter.ts";
import { deliveries } from "../../../db/schema/deliveries.ts";
import { contacts } from "../../../db/schema/contacts.ts";
import { channelAccounts } from "../../../db/schema/tenants.ts";
import { turns } from "../../../db/schema/turns.ts";
import { startWorkflow } from "../../../infra/runtime/temporal/start-workflow.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { findConversationOf } from "../../support/find-conversation.ts";
import { readBuild } from "../../../infra/runtime/temporal/worker-version.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";
import { sendTelegram } from "../../support/channels/send-telegram.ts";

const SEND = { path: "/bot*/sendMessage" } as const;
const PARTS = ["part one", "part two", "part three"];
const REFUSED = { ok: false, error_code: 400, description: "Bad Request: message text is empty" };

let parley: Installation;
beforeAll(async () => {
  // Time to break a message between its acknowledgement and its first step, also on a busy machine.
  parley = await openInstallation({ env: { PARLEY_QUIET_WINDOW_WEBHOOK_MS: "3000" } });
});
beforeEach(() => {
  parley.telegram.faults.clear();
  parley.twilio.faults.clear();
});
afterAll(() => parley.close());

const tenantId = () => parley.config.PARLEY_TENANT;
const replay = async (id: string, acceptDuplicates = false) =>
  await replayDeadLetter(parley.db, createConfiguredVault(parley.config), {
    tenantId: tenantId(),
    id,
    acceptDuplicates,
  });
const awaitEnd = (id: string, state: string) =>
  eventually(`${id} to be ${state}`, async () =>
    (await findMessageOutcomes(parley.db, [id])).find((row) => row.state === state),
  );
const letter = async (turnId: string | null | undefined) =>
  await findDeadLetter(parley.db, { tenantId: tenantId(), id: turnId ?? randomUUID() });
const repliesTo = async (to: string) => (await parley.replies()).filter((reply) => reply.to === to);
const telegramsTo = async (chat: number) => {
  const response = await fetch(`${parley.vendors.telegram}/__control/messages`);
  const { messages } = (await response.json()) as { messages: { to: string; text: string }[] };
  return messages.filter(({ to }) => to === String(chat)).map(({ text }) => text);
};
const statesOf = async (turnId: string) => {
  const rows = await parley.db.select().from(deliveries).where(eq(deliveries.turnId, turnId));
  return rows.toSorted((a, b) => a.part - b.part).map(({ state }) => state);
};
const awaitClosed = (turnId: string) =>
  eventually(`the end of turn ${turnId}`, async () => {
    const [turn] = await parley.db.select().from(turns).where(eq(turns.id, turnId));
    return turn?.state === "closed" ? turn : null;
  });

/** Sends three parts of which the vendor rejects the second permanently. */
async function deadLetterAtSecondPart(chat: number): Promise<string> {
  const hello = await sendTelegram(parley, { chat, text: "Can I return a bell?" });
  await awaitEnd(hello.id, "answered");
  const { id: conversationId } = await findConversationOf(parley.db, hello.id);
  parley.telegram.faults.replace([
    { match: SEND, times: 1, fault: { delay_ms: 1 } },
    { match: SEND, times: 1, fault: { status: 400, body: JSON.stringify(REFUSED) } },
  ]);
  const owner = await findConversationOwner(parley.db, tenantId(), conversationId);
  const origin = { kind: "agent", agent: "ada", via: "parley" } as const;
  const turn = { key: randomUUID(), origin, parts: PARTS.map(toReplyText) };
  const { turnId } = await parley.db.transaction(
    async (tx) => await openOutboundTurn(tx, createConfiguredVault(parley.config), owner, turn),
  );
  await awaitClosed(turnId);
  return turnId;
}

describe("a reply whose second of three parts was permanently rejected", () => {
  it("a replay sends parts two and three, and never the first part again", async () => {
    const turnId = await deadLetterAtSecondPart(4_200_001);
    expect(await statesOf(turnId)).toEqual(["accepted", "refused", "refused"]);
    expect(await letter(turnId)).toMatchObject({ parts: 3, partsAccepted: 1 });
    expect(await replay(turnId)).toBe("replayed");
    expect(await replay(turnId)).toBe("already_replayed");
    await awaitClosed(turnId);
    expect(await statesOf(turnId)).toEqual(["accepted", "accepted", "accepted"]);
    expect((await telegramsTo(4_200_001)).slice(1)).toEqual(PARTS);
    expect([await letter(turnId), await replay(turnId)]).toEqual([null, "already_replayed"]);
  });

  it("a replayed reply is not sent to a contact who opted out in the meantime", async () => {
    const turnId = await deadLetterAtSecondPart(4_200_002);
    const stop = await sendTelegram(parley, { chat: 4_200_002, text: "STOP" });
    await awaitEnd(stop.id, "answered");
    expect(await replay(turnId)).toBe("replayed");
    await awaitClosed(turnId);
    expect(await letter(turnId)).toMatchObject({ reason: "suppressed:opted_out", partsAccepted: 1 });
    const texts = await telegramsTo(4_200_002);
    expect(texts.filter((text) => PARTS.includes(text))).toEqual([PARTS[0]]);
  });
});

/** Destroys the key of the contact of a message; returns a function that restores it. */
async function destroyKey(messageId: string): Promise<() => Promise<void>> {
  const { contactId } = await findConversationOf(parley.db, messageId);
  const isContact = eq(contacts.id, contactId);
  const [contact] = await parley.db.select({ key: contacts.dataKey }).from(contacts).where(isContact);
  const setKey = async (dataKey: Buffer) =>
    void (await parley.db.update(contacts).set({ dataKey }).where(isContact));
  await setKey(Buffer.alloc(60, 1));
  return async () => await setKey(contact?.key ?? Buffer.alloc(0));
}

describe("a message of a contact whose key is destroyed", () => {
  it("the message becomes a dead letter with the reason, delays no other message, and is answered once when the key is restored", async () => {
    const broken = await parley.sendWebhook({ from: "keyless", text: "Can I return a lamp?" });
    const restoreKey = await destroyKey(broken.id);
    const good = await parley.sendWebhook({ from: "well", text: "Can I return a lamp?" });
    const { turnId } = await awaitEnd(broken.id, "failed");
    await awaitEnd(good.id, "answered");
    expect(await letter(turnId)).toMatchObject({ reason: "poison:unreadable", parts: 0, messages: 1 });
    // A replay without the key makes a dead letter of a new turn.
    expect(await replay(turnId ?? "")).toBe("replayed");
    const again = await eventually("another failed outcome", async () => {
      const [row] = await findMessageOutcomes(parley.db, [broken.id]);
      return row?.state === "failed" && row.turnId !== turnId ? row : null;
    });
    expect(await letter(turnId)).toBeNull();
    await restoreKey();
    expect(await replay(again.turnId ?? "")).toBe("replayed");
    await awaitEnd(broken.id, "answered");
    expect(await repliesTo("keyless")).toHaveLength(1);
    expect(await repliesTo("well")).toHaveLength(1);
  });

  it("the message is no dead letter when the key is restored in time, and a later message is answered too", async () => {
    const broken = await parley.sendWebhook({ from: "waiting", text: "Can I return a lamp?" });
    const restoreKey = await destroyKey(broken.id);
    const isTurnOwned = async () => (await findConversationOf(parley.db, broken.id)).turnOwner !== null;
    await eventually("the turn of the broken message", isTurnOwned);
    await restoreKey();
    const next = await parley.sendWebhook({ from: "waiting", text: "And a bell?" });
    await awaitEnd(next.id, "answered");
    await awaitEnd(broken.id, "answered");
  });
});

describe("a reply for a deleted account", () => {
  it("the reply becomes a dead letter, and is sent once when the account is restored", async () => {
    const { id } = await parley.sendWebhook({ from: "nowhere", text: "Can I return a lamp?" });
    const isAccount = and(eq(channelAccounts.channel, "webhook"), eq(channelAccounts.id, "main"));
    const [account] = await parley.db.delete(channelAccounts).where(isAccount).returning();
    if (account === undefined) throw new Error("There is no account to delete.");
    const { turnId } = await awaitEnd(id, "failed");
    expect(await letter(turnId)).toMatchObject({
      reason: "poison:not_configured",
      parts: 1,
      partsAccepted: 0,
    });
    await parley.db.insert(channelAccounts).values(account);
    expect(await replay(turnId ?? "")).toBe("replayed");
    await awaitEnd(id, "answered");
    expect(await repliesTo("nowhere")).toHaveLength(1);
  });
});

describe("a message that is inlined into the start of its workflow", () => {
  it("an inlined message that cannot be decrypted becomes a dead letter, and its workflow ends with that result", async () => {
    const { temporal } = parley;
    if (temporal === undefined) throw new Error("There is no worker.");
    const providerMessageId = `msg_${randomUUID()}`;
    const key = { channel: "webhook", accountId: "main", providerMessageId };
    const workflowId = `msg:webhook/main:${providerMessageId}`;
    const inlined = Buffer.from("sealed with a key that is gone").toString("base64");
    await start({ workflowType: "message", workflowId, input: { tenantId: tenantId(), ...key, inlined } });
    const result: unknown = await temporal.workflow.getHandle(workflowId).result();
    expect(result).toEqual({ kind: "failed", reason: "poison:unreadable" });
    const filter = { tenantId: tenantId(), kind: "inbound" } as const;
    const { rows } = await listDeadLetters(parley.db, filter, { limit: 10, keysetBefore: null });
    expect(rows).toMatchObject([{ reason: "poison:unreadable", channel: "webhook", messages: 1 }]);
    expect(await replay(rows[0]?.id ?? "")).toBe("unreadable");
  });
});

async function start(request: { workflowType: string; workflowId: string; input: unknown }): Promise<void> {
  if (parley.temporal === undefined) throw new Error("There is no worker.");
  const { PARLEY_TASK_QUEUE: taskQueue } = parley.config;
  const options = { taskQueue, startDelayMs: 0, eager: false, allowRestart: true, timeoutMs: 5_000 };
  const labels = { searchAttributes: { TenantId: tenantId() }, summary: "· test" };
  await startWorkflow(parley.temporal, { ...request, ...options, ...labels });
}

describe("a run whose task always fails", () => {
  /** Starts a workflow of a type that no worker has, under the workflow id of an acknowledged message. */
  async function stuckMessage(from: string): Promise<{ id: string; workflowId: string }> {
    const { id } = await parley.sendWebhook({ from, text: "Can I return a lamp?" });
    const [row] = await findMessageOutcomes(parley.db, [id]);
    const workflowId = row?.workflowId ?? "";
    // The workflow starts after the acknowledgement.
    await eventually("the workflow of the message", async () =>
      parley.temporal?.workflow
        .getHandle(workflowId)
        .terminate("replaced by the test")
        .then(
          () => true,
          () => false,
        ),
    );
    await start({ workflowType: "of-no-worker", workflowId, input: {} });
    return { id, workflowId };
  }

  it("a failing run is restarted from the data in Postgres, and the message is answered", async () => {
    const { id } = await stuckMessage("healed");
    await awaitEnd(id, "answered");
    expect(await repliesTo("healed")).toHaveLength(1);
  });

  it("a run that fails again after a restart ends as a dead letter, and a replay answers the message", async () => {
    const { id, workflowId } = await stuckMessage("stuck");
    const { id: conversationId } = await findConversationOf(parley.db, id);
    const turnId = randomUUID();
    await parley.db.insert(turns).values({
      id: turnId,
      tenantId: tenantId(),
      conversationId,
      workflowId,
      restarts: 1,
      build: readBuild(parley.config),
    });
    await parley.db.execute(sql`
      UPDATE inbox SET state = 'in_turn', turn_id = ${turnId}::uuid WHERE provider_message_id = ${id}`);
    await parley.db.execute(sql`
      UPDATE conversations SET turn_owner = ${workflowId}, turn_acquired_at = now() WHERE id = ${conversationId}::uuid`);
    await awaitEnd(id, "failed");
    expect(await letter(turnId)).toMatchObject({ reason: "poison:stuck", messages: 1 });
    expect(await replay(turnId)).toBe("replayed");
    await awaitEnd(id, "answered");
    expect(await repliesTo("stuck")).toHaveLength(1);
  });
});
