import { setTimeout as sleep } from "node:timers/promises";
import { and, eq, gt, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { type KeyOwner, nullIfUnreadable, type Vault } from "../connection/vault.ts";
import { openDeliveryText } from "../delivery/deliveries.ts";
import { deliveries } from "../schema/deliveries.ts";
import { turns } from "../schema/turns.ts";

/*
 * Some vendors echo every message of the account, ours too, and do not say which program sent it. An echo is ours if one of our sends has
 * its id. The echo may arrive before the response to the send is committed, so an echo waits while a send to its contact has no outcome.
 */

/** Vendors wait for 5 s for the acknowledgement, and a send usually takes 0.1 s. */
const SETTLES_WITHIN_MS = 2_500;
const ASK_AGAIN_AFTER_MS = 100;

interface Echo {
  providerMessageId: string;
  text: string;
}

type Owner = KeyOwner & { channel: string; accountId: string; conversationId: string };

/** Whether the echo is one of our own sends. Where none has its id, a send whose id is unknown counts if it has the same words. */
export async function isOwnEcho(db: Queryable, vault: Vault, owner: Owner, echo: Echo): Promise<boolean> {
  const until = performance.now() + SETTLES_WITHIN_MS;
  for (;;) {
    if (await hasProviderId(db, owner, echo.providerMessageId)) return true;
    const sends = await listRecentSends(db, owner);
    if (sends.some((send) => hasWordsOf(vault, owner, { send, echo }))) return true;
    const isSending = sends.some(({ state }) => state === "sending");
    if (!isSending || performance.now() >= until) return false;
    await sleep(ASK_AGAIN_AFTER_MS);
  }
}

/** Also in another conversation of the account: two contacts may belong to one human being. */
export async function hasProviderId(
  db: Queryable,
  { channel, accountId }: Pick<Owner, "channel" | "accountId">,
  providerId: string,
): Promise<boolean> {
  const { rows } = await db.execute<{ found: boolean }>(sql`SELECT EXISTS (
    SELECT FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
    WHERE d.provider_id = ${providerId} AND c.channel = ${channel} AND c.account_id = ${accountId}) AS found`);
  return rows[0]?.found === true;
}

/** A reply may be tried for days after its turn was opened. */
async function listRecentSends(db: Queryable, { conversationId }: Pick<Owner, "conversationId">) {
  const { turnId, part, body, state, attempt, providerId, attemptedAt } = deliveries;
  return await db
    .select({ turnId, part, body, state, attempt, providerId })
    .from(turns)
    .innerJoin(deliveries, eq(turnId, turns.id))
    .where(
      and(
        eq(turns.conversationId, conversationId),
        gt(turns.openedAt, sql`now() - interval '7 days'`),
        gt(attempt, 0),
        gt(attemptedAt, sql`now() - interval '1 day'`),
      ),
    );
}

type Send = Awaited<ReturnType<typeof listRecentSends>>[number];

/** A send whose id is known has an echo with that id, unless an earlier attempt arrived as well. */
function hasWordsOf(vault: Vault, owner: Owner, { send, echo }: { send: Send; echo: Echo }): boolean {
  if (send.providerId !== null && send.attempt === 1) return false;
  const words = toWords(readText(vault, owner, send) ?? "");
  return words !== "" && words === toWords(echo.text);
}

function readText(vault: Vault, owner: Owner, send: Send): string | null {
  try {
    return openDeliveryText(vault, owner, send).text;
  } catch (error) {
    return nullIfUnreadable(error);
  }
}

/** Letters and digits only: the text may be formatted on its way, and vendors trim spaces. */
function toWords(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
}
