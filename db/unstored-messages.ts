import { randomUUID } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import { type NewInbound, storeInbound } from "./inbox.ts";
import { emitEvent } from "./outgoing-events.ts";
import type { Database } from "./postgres.ts";
import { unstoredMessages } from "./schema/conversations.ts";
import type { Vault } from "./vault.ts";

/** A message that came in while Postgres was away and travels inside its workflow's start, encrypted (base64). */
export interface CarriedMessage {
  tenantId: string;
  carried: string;
}

/** Brings a carried message home. Called again it changes nothing: the dedupe key is the message's. */
export async function storeCarried(
  db: Database,
  vault: Vault,
  { tenantId, carried }: CarriedMessage,
): Promise<void> {
  const opened = vault.openForTenant(tenantId, "carried", Buffer.from(carried, "base64"));
  await storeInbound(db, vault, JSON.parse(opened, reviveDates) as NewInbound);
}

const DATES: ReadonlySet<string> = new Set(["providerTime", "receivedAt", "wakeAt"]);

function reviveDates(key: string, value: unknown): unknown {
  return DATES.has(key) && typeof value === "string" ? new Date(value) : value;
}

type UnstoredMessage = CarriedMessage &
  Pick<typeof unstoredMessages.$inferSelect, "channel" | "accountId" | "providerMessageId" | "reason">;

/** Its workflow ends without it, so it is kept here, as it came. A second call changes nothing. */
export async function keepUnstored(db: Database, { carried, ...message }: UnstoredMessage): Promise<void> {
  const { tenantId, reason } = message;
  await db.transaction(async (tx) => {
    const [kept] = await tx
      .insert(unstoredMessages)
      .values({ id: randomUUID(), carried: Buffer.from(carried, "base64"), ...message })
      .onConflictDoNothing()
      .returning({ id: unstoredMessages.id });
    if (kept === undefined) return;
    const data = { dead_letter_id: kept.id, reason, parts: 0, parts_accepted: 0, messages: 1 };
    await emitEvent(tx, { tenantId, type: "message.dead_lettered", conversationId: null, data });
  });
}

/** Stores it after all; the sweeper starts its workflow. Null where the tenant has none of this id; throws where it still does not go. */
export async function replayUnstored(
  db: Database,
  vault: Vault,
  { tenantId, id }: { tenantId: string; id: string },
): Promise<"replayed" | "already_replayed" | null> {
  const isIt = and(eq(unstoredMessages.tenantId, tenantId), eq(unstoredMessages.id, id));
  const [kept] = await db.select().from(unstoredMessages).where(isIt);
  if (kept === undefined) return null;
  if (kept.replayedAt !== null) return "already_replayed";
  await storeCarried(db, vault, { tenantId, carried: kept.carried.toString("base64") });
  const marked = await db
    .update(unstoredMessages)
    .set({ replayedAt: sql`now()` })
    .where(and(isIt, isNull(unstoredMessages.replayedAt)))
    .returning({ id: unstoredMessages.id });
  return marked.length === 1 ? "replayed" : "already_replayed";
}
