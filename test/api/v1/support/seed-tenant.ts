import { randomUUID } from "node:crypto";
import { toReplyText } from "../../../../db/delivery/reply-text.ts";
import { upsertTenant } from "../../../../db/tenants/seed.ts";
import { findConversationOwner } from "../../../../db/conversations/open-conversation.ts";
import { storeInbound } from "../../../../db/inbound/inbox.ts";
import { openOutboundTurn } from "../../../../db/turns/outbound-turns.ts";
import { listTurnDeliveries } from "../../../../db/delivery/list-deliveries.ts";
import { addAccount } from "../../../../db/tenants/tenant-accounts.ts";
import { sql } from "drizzle-orm";
import type { Database } from "../../../../db/connection/postgres.ts";
import type { Vault } from "../../../../db/connection/vault.ts";
import { createTestKey } from "./create-key.ts";

export type SeededTenant = Awaited<ReturnType<typeof seedTenant>>;

/** A tenant with an account, a contact who wrote, a conversation with an unsent reply, and a key with all scopes. */
export async function seedTenant(
  { db, vault }: { db: Database; vault: Vault },
  tenantId: string,
  text = "Hello",
) {
  await upsertTenant(db, { id: tenantId, businessName: `${tenantId} bikes`, dailyBudgetUsd: 50 });
  const channel = "webhook";
  const { accountId } = await addAccount(db, vault, {
    tenantId,
    channel,
    address: `https://${tenantId}.test/replies`,
    externalId: null,
    secrets: { inbound: [SECRET], outbound: [SECRET] },
    settings: {},
  });
  const providerMessageId = `msg_${randomUUID()}`;
  const workflowId = `msg:${channel}/${accountId}:${providerMessageId}`;
  const at = new Date();
  const { conversationId } = await storeInbound(db, vault, {
    tenantId,
    channel,
    accountId,
    providerMessageId,
    workflowId,
    from: `contact-of-${tenantId}`,
    thread: "",
    text,
    keyword: null,
    providerTime: at,
    providerSequence: null,
    arrivedAt: null,
    quietMs: 0,
  });
  const owner = await findConversationOwner(db, tenantId, conversationId);
  const origin = { kind: "agent", agent: "dana", via: "parley" } as const;
  const turn = { key: "seed", origin, parts: [toReplyText(`A reply of ${tenantId}`)] };
  const { turnId } = await openOutboundTurn(db, vault, owner, turn);
  await db.execute(
    sql`UPDATE deliveries SET state = 'unknown', provider_id = ${randomUUID()} WHERE turn_id = ${turnId}`,
  );
  const [delivery] = await listTurnDeliveries(db, turnId);
  const key = await createTestKey(db, vault, tenantId);
  const { contactId } = owner;
  const deliveryId = delivery?.id ?? "";
  return {
    tenantId,
    key,
    channel,
    accountId,
    conversationId,
    contactId,
    turnId,
    deliveryId,
    providerMessageId,
  };
}

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
