import { sql } from "drizzle-orm";
import { findConversationOwner } from "../../../db/contacts.ts";
import { openOutboundTurn } from "../../../db/outbound-turns.ts";
import { configuredVault } from "../../../infra/runtime/vault.ts";
import { conversationOf } from "../../support/conversation-of.ts";
import { eventually } from "../../support/eventually.ts";
import { firedFaults, playFaults } from "../play-faults.ts";
import type { Scene } from "../under-load.ts";

const SEND = { path: "/bot*/sendMessage" } as const;
const REFUSED = { ok: false, error_code: 400, description: "Bad Request: message text is empty" };
const WITHIN_MS = 60_000;

/**
 * A reply of three parts to somebody on Telegram, who got the first; the second is refused for good. Nobody else may be written to there
 * meanwhile: the stand-in counts sends. Gives the turn.
 */
export async function refuseSecondPart(
  { faultStack: { db, config, stack }, faults }: Scene,
  providerMessageId: string,
): Promise<string> {
  const { id: conversationId, tenantId } = await conversationOf(db, providerMessageId);
  const script = [
    { match: SEND, times: 1, fault: { delay_ms: 1 } },
    { match: SEND, times: 1, fault: { status: 400, body: JSON.stringify(REFUSED) } },
  ];
  await playFaults(stack.urls.telegram, script);
  const owner = await findConversationOwner(db, tenantId, conversationId);
  const parts = ["first of three", "second of three", "third of three"];
  const turn = { key: `poison:${providerMessageId}`, plan: "human", planDetail: "ada", parts } as const;
  const { turnId } = await db.transaction(
    async (tx) => await openOutboundTurn(tx, configuredVault(config), owner, turn),
  );
  const isClosed = async () => {
    const { rows } = await db.execute(sql`SELECT FROM turns WHERE id = ${turnId}::uuid AND state = 'closed'`);
    return rows.length > 0;
  };
  await eventually("the end of the reply in three parts", isClosed, WITHIN_MS);
  const [, refused = 0] = await firedFaults(stack.urls.telegram);
  faults.fired(PART_REFUSED, refused);
  return turnId;
}

export const PART_REFUSED = "a part refused for good";
