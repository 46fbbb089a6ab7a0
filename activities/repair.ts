import { Context } from "@temporalio/activity";
import { setConsent } from "../db/contacts/consents.ts";
import { openDeliveryText, recordLateFailure } from "../db/delivery/deliveries.ts";
import { openOutboundTurn } from "../db/turns/outbound-turns.ts";
import { countResends } from "../db/turns/turn-origin.ts";
import type { Database } from "../db/connection/postgres.ts";
import { findDelivery } from "../db/delivery/receipts.ts";
import { findTurnScope } from "../db/conversations/transcript.ts";
import { nullIfUnreadable, type Vault } from "../db/connection/vault.ts";
import type { RepairInput, RepairResult } from "../workflows/types.ts";
import type { RefusalClass } from "./channels/channel.ts";
import type { OutboundChannels } from "./channels/registry.ts";

export interface RepairDependencies {
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
}

/** Failures after which the same words may go out once more; a closed window lets the gate find a template. */
const RESENDABLE: ReadonlySet<RefusalClass> = new Set(["retry", "throttle", "window"]);
/** A text that failed so often on its way is not sent again: the vendor has a reason that we do not see. */
const MAX_RESENDS = 2;

/** The vendor had taken the part and says now that it did not arrive. */
export function createRepair({ db, vault, channels }: RepairDependencies) {
  return async function repair({ deliveryId }: RepairInput): Promise<RepairResult> {
    const delivery = await findDelivery(db, deliveryId);
    if (delivery === null) throw new Error(`Delivery ${deliveryId} does not exist.`);
    const scope = await findTurnScope(db, delivery.turnId);
    const kind = channels[scope.channel]?.classifyReceipt?.(delivery.receiptCode ?? "") ?? "permanent";
    const resends = countResends(scope.origin);
    // A person's own words are for that person to say again: they may say them otherwise now.
    const isResendable = RESENDABLE.has(kind) && resends < MAX_RESENDS && scope.plan !== "agent";
    const text = isResendable ? readOrNull(() => openDeliveryText(vault, scope, delivery)) : null;
    const turnId = await db.transaction(async (tx) => {
      if (kind === "optout") {
        await setConsent(tx, scope, { state: "opted_out", source: `receipt:${delivery.receiptCode}` });
      }
      await recordLateFailure(tx, delivery, kind);
      if (text === null) return null;
      const turn = {
        key: `resend:${deliveryId}`,
        origin: { kind: "resend", deliveryId, resends: resends + 1 },
        parts: [text],
      } as const;
      return (await openOutboundTurn(tx, vault, scope, turn)).turnId;
    });
    const facts = {
      deliveryId,
      tenantId: scope.tenantId,
      channel: scope.channel,
      code: delivery.receiptCode,
    };
    if (turnId === null)
      Context.current().log.error("a message that the vendor had taken did not arrive", {
        ...facts,
        class: kind,
      });
    return { class: kind, turnId };
  };
}

/** Null for a text whose key is destroyed. */
function readOrNull(open: () => string): string | null {
  try {
    return open();
  } catch (error) {
    return nullIfUnreadable(error);
  }
}
