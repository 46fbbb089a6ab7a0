import type { InboundRequest } from "../../../../api/channels/channel.ts";
import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import type { VendorSignature } from "../../../support/channels/vendor-signature.ts";
import type { Signing } from "../channel-kit.ts";

export interface KitAccount {
  channel: string;
  address: string;
  externalId?: string;
  /** What we authenticate with at the vendor. */
  outbound: string;
}

/** An account of the kit's; each check says itself what inbound secrets it has. */
export function kitAccount({ externalId, outbound, ...fields }: KitAccount): ChannelAccount {
  return {
    tenantId: "kit",
    accountId: "main",
    externalId: externalId ?? null,
    secrets: { inbound: [], outbound: [outbound] },
    settings: {},
    ...fields,
  };
}

/** A body as the vendor would post it to the channel's account. */
export function kitRequest(
  channel: string,
  signature: VendorSignature,
  { body, ...signing }: Signing & { body: string; id?: string },
): InboundRequest {
  const url = `https://parley.example/webhooks/${channel}/main`;
  const rawBody = Buffer.from(body);
  return { url, rawBody, headers: signature({ ...signing, url, rawBody }), receivedAt: signing.at };
}
