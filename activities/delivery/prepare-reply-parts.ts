import { findTurnDeliveries, type Delivery } from "../../db/delivery/deliveries.ts";
import type { Database } from "../../db/connection/postgres.ts";
import { splitDelivery } from "../../db/delivery/split-delivery.ts";
import type { TurnScope } from "../../db/conversations/transcript.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { OutboundChannels } from "../channels/registry.ts";

/** The parts of a turn. A person's own words are stored whole and cut here, where the limits of the channel are known. */
export function createPrepareReplyParts({
  db,
  vault,
  channels,
}: {
  db: Database;
  vault: Vault;
  channels: OutboundChannels;
}) {
  return async function prepareReplyParts(scope: TurnScope): Promise<Delivery[]> {
    const parts = await findTurnDeliveries(db, vault, scope);
    const [whole] = parts;
    const isUncut = scope.plan === "agent" && parts.length === 1 && whole?.attempt === 0;
    if (!isUncut || whole === undefined) return parts;
    const texts = channels[scope.channel]?.split(whole.text) ?? [whole.text];
    if (texts.length === 1) return parts;
    await splitDelivery(db, vault, scope, { whole, texts });
    return await findTurnDeliveries(db, vault, scope);
  };
}
