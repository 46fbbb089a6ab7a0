import { and, eq } from "drizzle-orm";
import { type Delivery, buildDeliveryRow } from "./deliveries.ts";
import { isAtAttempt } from "./gate.ts";
import type { Queryable } from "../connection/postgres.ts";
import { deliveries } from "../schema/deliveries.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import type { ReplyText } from "./reply-text.ts";
import type { Vault } from "../connection/vault.ts";

/**
 * Replaces the one part of a text that was stored whole by the parts that its channel accepts. Nothing changes after the
 * first attempt was marked. Two attempts at the same time write the same parts.
 */
export async function splitDelivery(
  db: Queryable,
  vault: Vault,
  scope: TurnScope,
  { whole, texts }: { whole: Delivery; texts: readonly ReplyText[] },
): Promise<void> {
  const rows = texts.map((reply, part) => buildDeliveryRow(vault, scope, { reply, part }));
  const [first, ...others] = rows;
  if (first === undefined || others.length === 0) return;
  await db.transaction(async (tx) => {
    const kept = await tx
      .update(deliveries)
      .set({ body: first.body })
      .where(and(isAtAttempt(whole), eq(deliveries.state, "intended")))
      .returning({ id: deliveries.id });
    if (kept.length > 0) await tx.insert(deliveries).values(others).onConflictDoNothing();
  });
}
