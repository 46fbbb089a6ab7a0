import { sql } from "drizzle-orm";
import { toReplyText } from "../../../../../db/delivery/reply-text.ts";
import { findConversationOwner } from "../../../../../db/conversations/open-conversation.ts";
import { openOutboundTurn } from "../../../../../db/turns/outbound-turns.ts";
import { createConfiguredVault } from "../../../../../infra/runtime/encryption/vault.ts";
import { findConversationOf } from "../../../../support/find-conversation.ts";
import { eventually } from "../../../../support/eventually.ts";
import { readFiredFaults, scriptFaults } from "../../script-faults.ts";
import type { CampaignContext } from "../../run-under-load.ts";

const SEND = { path: "/bot*/sendMessage" } as const;
const REFUSED = { ok: false, error_code: 400, description: "Bad Request: message text is empty" };
const WITHIN_MS = 60_000;

/**
 * Sends a Telegram reply of three parts: the first arrives, and the vendor rejects the second permanently. No other Telegram send may run
 * at the same time, because the fake counts sends. Returns the turn id.
 */
export async function refuseSecondPart(
  { faultSandbox: { db, config, sandbox }, faults }: CampaignContext,
  providerMessageId: string,
): Promise<string> {
  const { id: conversationId, tenantId } = await findConversationOf(db, providerMessageId);
  const script = [
    { match: SEND, times: 1, fault: { delay_ms: 1 } },
    { match: SEND, times: 1, fault: { status: 400, body: JSON.stringify(REFUSED) } },
  ];
  await scriptFaults(sandbox.urls.telegram, script);
  const owner = await findConversationOwner(db, tenantId, conversationId);
  const parts = ["first of three", "second of three", "third of three"];
  const origin = { kind: "agent", agent: "ada", via: "parley" } as const;
  const turn = { key: `poison:${providerMessageId}`, origin, parts: parts.map(toReplyText) };
  const { turnId } = await db.transaction(
    async (tx) => await openOutboundTurn(tx, createConfiguredVault(config), owner, turn),
  );
  const isClosed = async () => {
    const { rows } = await db.execute(sql`SELECT FROM turns WHERE id = ${turnId}::uuid AND state = 'closed'`);
    return rows.length > 0;
  };
  await eventually("the end of the reply in three parts", isClosed, WITHIN_MS);
  const [, refused = 0] = await readFiredFaults(sandbox.urls.telegram);
  faults.fired(PART_REFUSED, refused);
  return turnId;
}

export const PART_REFUSED = "a part permanently rejected";
