import type { Vault } from "../../db/connection/vault.ts";
import type { Queryable } from "../../db/connection/postgres.ts";
import { openEndpointSecrets } from "../../db/events/endpoint-secrets.ts";
import type { FoundDelivery } from "../../db/events/event-deliveries.ts";
import { findEventText } from "../../db/events/event-text.ts";
import { hideVendorIds } from "../../db/events/hidden-ids.ts";
import type { CallSignal, EgressGuard } from "../../infra/runtime/network/egress-guard.ts";
import type { SendOutcome } from "../channels/channel.ts";
import { postSignedWebhook } from "../channels/webhook/post-signed-webhook.ts";
import { formatEventBody } from "./event-body.ts";

export interface PostEventDependencies {
  db: Queryable;
  vault: Vault;
  egress: EgressGuard;
}

/** Posts an event to its endpoint. Throws where the post could not begin: a text or a secret is not readable. */
export function createPostEvent({ db, vault, egress }: PostEventDependencies) {
  return async function postEvent(
    { event, endpoint, now }: FoundDelivery,
    signal: CallSignal,
  ): Promise<SendOutcome> {
    const text = endpoint.includeText ? await findEventText(db, vault, event) : undefined;
    return await postSignedWebhook({
      egress,
      url: endpoint.url,
      id: event.id,
      body: formatEventBody(
        endpoint.includeText ? event : { ...event, data: hideVendorIds(vault, event.tenantId, event.data) },
        text,
      ),
      secrets: openEndpointSecrets(vault, endpoint, now).map(({ secret }) => secret),
      now,
      signal,
    });
  };
}
