import { Context } from "@temporalio/activity";
import { setConsent, toOptOutSource } from "../db/contacts/consents.ts";
import { openDeliveryText, recordLateFailure } from "../db/delivery/deliveries.ts";
import { openOutboundTurn } from "../db/turns/outbound-turns.ts";
import { countResends } from "../db/turns/turn-origin.ts";
import type { Database, Queryable } from "../db/connection/postgres.ts";
import type { ReplyText } from "../db/delivery/reply-text.ts";
import { findDelivery } from "../db/delivery/receipts.ts";
import { findTurnScope, type TurnScope } from "../db/conversations/transcript.ts";
import { nullIfUnreadable, type Vault } from "../db/connection/vault.ts";
import type { RepairInput, RepairResult } from "../workflows/types.ts";
import type { RefusalClass } from "./channels/channel.ts";
import type { OutboundChannels } from "./channels/registry.ts";

export interface RepairDependencies {
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
}

/** Failures after which the same text may be sent again. With a closed window, the gate looks for a template. */
const RESENDABLE: ReadonlySet<RefusalClass> = new Set(["retry", "throttle", "window"]);
/** After this many failed sends of one text, the vendor has a reason that we do not see. */
const MAX_RESENDS = 2;

/** Handles the late failure of a reply part: the vendor accepted it and reported later that it was not delivered. */
export function createRepair({ db, vault, channels }: RepairDependencies) {
  return async function repair({ deliveryId }: RepairInput): Promise<RepairResult> {
    const delivery = await findDelivery(db, deliveryId);
    if (delivery === null) throw new Error(`Delivery ${deliveryId} does not exist.`);
    const scope = await findTurnScope(db, delivery.turnId);
    const code = delivery.receiptCode ?? "";
    const refusal = channels[scope.channel]?.classifyReceipt?.(code) ?? "permanent";
    const resends = countResends(scope.origin);
    // An agent may prefer other words by now, so an agent's text is not sent again.
    const isResendable = RESENDABLE.has(refusal) && resends < MAX_RESENDS && scope.plan !== "agent";
    const reply = isResendable ? readOrNull(() => openDeliveryText(vault, scope, delivery)) : null;
    const turnId = await db.transaction(async (tx) => {
      if (refusal === "optout")
        await setConsent(tx, scope, { state: "opted_out", source: toOptOutSource("receipt", code) });
      await recordLateFailure(tx, delivery, refusal);
      return reply === null ? null : await openResend(tx, scope, { deliveryId, resends: resends + 1, reply });
    });
    if (turnId === null) {
      const { tenantId, channel } = scope;
      const facts = { deliveryId, tenantId, channel, code: delivery.receiptCode, class: refusal };
      Context.current().log.error("the vendor did not deliver a reply part that it had accepted", facts);
    }
    return { class: refusal, turnId };
  };

  async function openResend(
    tx: Queryable,
    scope: TurnScope,
    { deliveryId, resends, reply }: { deliveryId: string; resends: number; reply: ReplyText },
  ): Promise<string> {
    const { turnId } = await openOutboundTurn(tx, vault, scope, {
      key: `resend:${deliveryId}`,
      origin: { kind: "resend", deliveryId, resends },
      parts: [reply],
    });
    return turnId;
  }
}

/** Null for a text that cannot be decrypted, because its key is destroyed. */
function readOrNull(open: () => ReplyText): ReplyText | null {
  try {
    return open();
  } catch (error) {
    return nullIfUnreadable(error);
  }
}
