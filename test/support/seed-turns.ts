import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { storeInbound } from "../../db/inbound/inbox.ts";
import type { NewInbound } from "../../db/inbound/new-inbound.ts";
import { saveContext } from "../../db/turns/turn-texts.ts";
import { newMessage } from "./new-message.ts";
import type { Database } from "../../db/connection/postgres.ts";
import { conversations } from "../../db/schema/conversations.ts";
import { deliveries } from "../../db/schema/deliveries.ts";
import { contacts } from "../../db/schema/contacts.ts";
import { channelAccounts, tenants } from "../../db/schema/tenants.ts";
import { turns } from "../../db/schema/turns.ts";
import type { TurnScope } from "../../db/conversations/transcript.ts";
import type { Vault } from "../../db/connection/vault.ts";

export interface SeededTurn {
  scope: TurnScope;
  /** The only part of the reply, not yet sent. */
  part: { id: string; attempt: number };
  address: string;
}

const CHUNK = 500;

/** `seedTurns` of one turn. */
export async function seedTurn(
  db: Database,
  vault: Vault,
  tenant: Partial<typeof tenants.$inferInsert> = {},
): Promise<SeededTurn> {
  const [turn] = await seedTurns(db, vault, 1, tenant);
  if (turn === undefined) throw new Error("No turn was seeded.");
  return turn;
}

/** Inserts turns that are ready to send, each with its own tenant, account, contact and conversation. */
export async function seedTurns(
  db: Database,
  vault: Vault,
  count: number,
  tenant: Partial<typeof tenants.$inferInsert> = {},
): Promise<SeededTurn[]> {
  const seeded = Array.from({ length: count }, () => newTurn(vault));
  for (let start = 0; start < count; start += CHUNK) {
    const chunk = seeded.slice(start, start + CHUNK);
    await db
      .insert(tenants)
      .values(
        chunk.map(({ scope }) => ({ id: scope.tenantId, businessName: "b", dailyBudgetUsd: 50, ...tenant })),
      );
    await db.insert(channelAccounts).values(
      chunk.map(({ scope }) => ({
        channel: scope.channel,
        id: scope.accountId,
        tenantId: scope.tenantId,
        address: "https://replies.test",
        secrets: Buffer.alloc(1),
      })),
    );
    await db.insert(contacts).values(
      chunk.map(({ scope }) => ({
        id: scope.contactId,
        tenantId: scope.tenantId,
        channel: scope.channel,
        addressHash: scope.addressHash,
        address: scope.address,
        dataKey: scope.dataKey,
      })),
    );
    await db.insert(conversations).values(
      chunk.map(({ scope }) => ({
        id: scope.conversationId,
        tenantId: scope.tenantId,
        channel: scope.channel,
        accountId: scope.accountId,
        contactId: scope.contactId,
        turnOwner: scope.workflowId,
        lastInboundAt: new Date(),
      })),
    );
    await db.insert(turns).values(
      chunk.map(({ scope }) => ({
        id: scope.turnId,
        tenantId: scope.tenantId,
        conversationId: scope.conversationId,
        workflowId: scope.workflowId,
      })),
    );
    await db.insert(deliveries).values(
      chunk.map(({ scope, part }) => ({
        id: part.id,
        tenantId: scope.tenantId,
        conversationId: scope.conversationId,
        turnId: scope.turnId,
        part: 0,
        body: vault.seal(scope, `delivery:${scope.turnId}:0`, "An answer."),
      })),
    );
  }
  return seeded;
}

/** Stores what a model call needs. */
export async function seedContext(db: Database, vault: Vault, { scope }: SeededTurn): Promise<void> {
  const route = { paidTiers: true, models: { full: "gpt-4o", smaller: "gpt-4o-mini" } };
  const texts = { businessName: "Lamps", questions: ["Is it open?"], delimiter: "here", canary: "bird" };
  const context = {
    ...texts,
    history: [],
    passages: [],
    placeholders: {},
    allowedLinks: [],
    phoneRegion: null,
  };
  await saveContext(db, vault, { scope, version: 0 }, { context: JSON.stringify(context), route });
}

/** Takes the seeded turn back and stores a new message of the same contact, which has no turn yet. */
export async function replaceTurnByMessage(
  db: Database,
  vault: Vault,
  { scope, address }: SeededTurn,
): Promise<NewInbound> {
  await db.delete(deliveries).where(eq(deliveries.turnId, scope.turnId));
  await db.delete(turns).where(eq(turns.id, scope.turnId));
  await db.update(conversations).set({ turnOwner: null }).where(eq(conversations.id, scope.conversationId));
  const message = newMessage(scope, { from: address });
  await storeInbound(db, vault, message);
  return message;
}

function newTurn(vault: Vault): SeededTurn {
  const [contactId, conversationId, turnId, tenantId] = [
    randomUUID(),
    randomUUID(),
    randomUUID(),
    randomUUID(),
  ];
  const address = `contact-${contactId}`;
  const dataKey = vault.newDataKey(contactId);
  const scope: TurnScope = {
    turnId,
    tenantId,
    conversationId,
    channel: "webhook",
    accountId: tenantId,
    workflowId: `msg:${turnId}`,
    contactId,
    dataKey,
    address: vault.seal({ contactId, dataKey }, `address:${contactId}`, address),
    addressHash: vault.hash(`${tenantId}\nwebhook\n${address}`),
    isLinked: false,
    thread: "",
    visitorNetwork: null,
    plan: "answer",
    plannedAt: null,
    origin: { kind: "inbound" },
    notice: null,
    silenceReason: null,
    reservedUsd: 0,
    replyTier: null,
  };
  return { scope, part: { id: randomUUID(), attempt: 0 }, address };
}
