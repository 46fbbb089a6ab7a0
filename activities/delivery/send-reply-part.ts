import type { Delivery } from "../../db/delivery/deliveries.ts";
import { createReconcilePart } from "./reconcile-part.ts";
import type { SendContext } from "./send-context.ts";
import {
  createSendThroughGate,
  type ReplyPartEnd,
  type SendThroughGateDependencies,
} from "./send-through-gate.ts";
import { waitForNextAttempt } from "./send-waits.ts";
import { createSettlement } from "./settlement.ts";

/** Brings one reply part to an end, or throws the failure that repeats this activity when the next attempt is due. */
export function createSendReplyPart(
  dependencies: Omit<SendThroughGateDependencies, "settlement"> & Parameters<typeof createSettlement>[0],
) {
  const settlement = createSettlement(dependencies);
  const reconcilePart = createReconcilePart({ db: dependencies.db, settlement });
  const sendThroughGate = createSendThroughGate({ ...dependencies, settlement });

  /** `laterParts` follow this part: if it is rerouted, they are rerouted with it. */
  return async function sendReplyPart(
    sending: SendContext,
    part: Delivery,
    laterParts: readonly Delivery[],
  ): Promise<ReplyPartEnd> {
    if (part.state === "accepted") return await settlement.applyEarlyReceipts(sending, part);
    if (part.state !== "intended" && part.state !== "sending") return part.state;
    if (sending.account.disabled)
      return await settlement.settle(part, { state: "refused", refusal: "gone", code: "disabled" });
    await waitForNextAttempt(sending, part);
    if (part.state === "sending") {
      const end = await reconcilePart(sending, part);
      if (end !== null) return end;
    }
    return await sendThroughGate(sending, part, laterParts);
  };
}
