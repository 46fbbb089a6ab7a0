import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Database } from "../../../../db/connection/postgres.ts";
import type { SignedPost } from "../../../../infra/sandbox/fakes/contacts/fake-contacts.ts";
import type { Config } from "../../../../infra/runtime/config/config.ts";
import type { MessageKey } from "./agent-client.ts";
import type { HarnessDeed } from "./deed.ts";
import { signWhatsappStatus } from "./sign-deed.ts";

/** Longer than the reply window of every channel. */
const AGO = sql`interval '8 days'`;
/** A send that passed the gate before the window closed has begun by then. */
const BEGUN_WITHIN_MS = 1_000;
/** From the last state to the first: a possible order, in which a receipt that replaces the one before it would end as `sent`. */
const RECEIPTS = ["read", "delivered", "sent"] as const;
const NOTHING_TO_REPORT = 410;

export interface HarnessOptions {
  config: Config;
  /** A direct connection. */
  db(): Database;
  /** Posts to the ingress and returns the status of the response; 0 without one. */
  post(request: SignedPost): Promise<number>;
}

/** What no contact and no agent does: time passes, and a vendor reports. Returns a status as the ingress does, and 0 for "not yet". */
export async function doHarnessDeed(
  options: HarnessOptions,
  does: HarnessDeed,
  about: MessageKey,
): Promise<number> {
  try {
    return does === "close_window"
      ? await closeWindow(options.db(), about)
      : await reportReceipts(options, about);
  } catch {
    // PostgreSQL is down.
    return 0;
  }
}

async function closeWindow(db: Database, { channel, providerMessageId }: MessageKey): Promise<number> {
  const { rowCount } = await db.execute(sql`
    UPDATE conversations SET last_inbound_at = now() - ${AGO} WHERE id IN (SELECT conversation_id FROM inbox
      WHERE channel = ${channel} AND provider_message_id = ${providerMessageId})`);
  if (rowCount !== 1) return 0;
  await sleep(BEGUN_WITHIN_MS);
  return 200;
}

/** Reports on each accepted part of the answer to this message. */
async function reportReceipts({ config, db, post }: HarnessOptions, about: MessageKey): Promise<number> {
  const { rows } = await db().execute<{ isOpen: boolean; id: string | null }>(sql`
    SELECT i.state IN ('pending', 'in_turn') AS "isOpen", d.provider_id AS id FROM inbox i
    LEFT JOIN deliveries d ON d.turn_id = i.turn_id AND d.state = 'accepted'
    WHERE i.channel = ${about.channel} AND i.provider_message_id = ${about.providerMessageId}`);
  const ids = rows.flatMap(({ id }) => id ?? []);
  if (ids.length === 0) return rows.some(({ isOpen }) => !isOpen) ? NOTHING_TO_REPORT : 0;
  for (const status of RECEIPTS)
    for (const id of ids) {
      const response = await post(signWhatsappStatus(config, { id, status }));
      if (response < 200 || response > 299) return response;
    }
  return 200;
}
