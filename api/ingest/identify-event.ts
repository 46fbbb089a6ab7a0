import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { InboundConsent, InboundEvent } from "../channels/channel.ts";
import { hashId } from "./name-workflow.ts";

/**
 * A keyed hash that is equal for each delivery of the same event. Events that are only counted, under one name, are the same. Null for a
 * consent of which its vendor gives neither the message nor the time, unless `arrivedAt` is given for it.
 */
export function identifyEvent(
  vault: Pick<Vault, "hash">,
  { channel, accountId }: Pick<ChannelAccount, "channel" | "accountId">,
  event: InboundEvent,
  arrivedAt: Date | null = null,
): string | null {
  const id = idOf(event, arrivedAt);
  return id === null ? null : hashId(vault, `${event.kind}\n${channel}/${accountId}\n${id}`);
}

function idOf(event: InboundEvent, arrivedAt: Date | null): string | null {
  switch (event.kind) {
    case "message":
    case "agent_reply":
      return event.providerMessageId;
    case "edit":
    case "delete":
      return event.changeId;
    case "consent":
      return idOfConsent(event, arrivedAt);
    case "receipt": {
      const { providerId, state, code, deliveryId, providerTime } = event;
      return JSON.stringify([providerId, state, code, deliveryId, providerTime]);
    }
    case "watermark":
      return JSON.stringify([event.from, event.state, event.through]);
    case "moved_thread":
      return JSON.stringify([event.from, event.to]);
    case "ignored":
      return event.what;
    default:
      return event.kind;
  }
}

function idOfConsent(
  { from, state, messageId, providerTime }: InboundConsent,
  arrivedAt: Date | null,
): string | null {
  const source = messageId ?? (providerTime ?? arrivedAt)?.toISOString();
  return source === undefined ? null : `${from}\n${state}\n${source}`;
}
