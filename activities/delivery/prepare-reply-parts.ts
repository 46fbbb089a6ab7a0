import { findTurnDeliveries, type Delivery } from "../../db/delivery/deliveries.ts";
import type { Queryable } from "../../db/connection/postgres.ts";
import { splitDelivery } from "../../db/delivery/split-delivery.ts";
import type { ReplyToSend } from "../../db/delivery/reply-to-send.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { OutboundChannels } from "../channels/registry.ts";

/** The reply parts of a turn. An agent's text is stored as one part and split here, by the limits of the channel. */
export function createPrepareReplyParts({ vault, channels }: { vault: Vault; channels: OutboundChannels }) {
  return async function prepareReplyParts(
    db: Queryable,
    { scope, parts }: Pick<ReplyToSend, "scope" | "parts">,
  ): Promise<Delivery[]> {
    const [whole] = parts;
    const isWhole = scope.plan === "agent" && parts.length === 1 && whole?.attempt === 0;
    if (!isWhole || whole === undefined) return parts;
    const texts = channels[scope.channel]?.split(whole) ?? [whole];
    if (texts.length === 1) return parts;
    await splitDelivery(db, vault, scope, { whole, texts });
    return await findTurnDeliveries(db, vault, scope);
  };
}
