import { randomUUID } from "node:crypto";
import type { OutboundChannel, ReplyPart } from "../../../../activities/channels/channel.ts";
import type { InboundEvent, ParsedBody } from "../../../../api/channels/channel.ts";
import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import { createEgressGuard } from "../../../../infra/runtime/network/egress-guard.ts";
import type { ChannelKit, VendorEvent, Signing, VendorFake } from "../channel-kit.ts";

/** Long for loopback, even where other programs hold the processor. */
const TIMEOUT_MS = 10_000;

/** A channel's two halves, its account and its vendor's fake, for the length of one check. */
export interface ChannelFixture {
  kit: ChannelKit;
  vendor: VendorFake;
  account: ChannelAccount;
  outbound: OutboundChannel;
  signal: AbortSignal;
  partOf(text: string, fields?: Partial<ReplyPart>): ReplyPart;
  /** The outbound half with another patience. */
  outboundWithTimeout(timeoutMs: number): OutboundChannel;
  /** Parses a signed body with these events. */
  parse(vendorEvents: readonly VendorEvent[], signing?: Partial<Signing>): Promise<ParsedBody>;
  /** The same, where a body that cannot be read is a finding. */
  eventsOf(vendorEvents: readonly VendorEvent[], signing?: Partial<Signing>): Promise<InboundEvent[]>;
  close(): Promise<void>;
}

export async function openChannelFixture(kit: ChannelKit): Promise<ChannelFixture> {
  const vendor = await kit.openVendorFake();
  const guards: { close(): Promise<void> }[] = [];
  const outboundWithTimeout = (timeoutMs: number) => {
    const egress = createEgressGuard({
      allowHttp: true,
      allowedHosts: [new URL(vendor.url).host],
      timeoutMs,
    });
    guards.push(egress);
    return kit.createOutbound({
      egress,
      baseUrl: vendor.url,
      now: () => new Date(),
      random: () => 0.5,
    });
  };
  const { conversationId } = vendor;
  const conversation = conversationId === undefined ? {} : { conversationId };
  const account = accountWith(kit.accountAt(vendor.url), [kit.secrets.current]);
  const parse = async (vendorEvents: readonly VendorEvent[], signing: Partial<Signing> = {}) => {
    const request = kit.requestOf(vendorEvents, { secret: kit.secrets.current, at: new Date(), ...signing });
    return await kit.inbound.parse(request, account);
  };
  return {
    kit,
    vendor,
    account,
    outbound: outboundWithTimeout(TIMEOUT_MS),
    signal: new AbortController().signal,
    partOf: (text, fields = {}) => buildPart(kit.contactAddress, text, { ...conversation, ...fields }),
    outboundWithTimeout,
    parse,
    async eventsOf(vendorEvents, signing) {
      const parsed = await parse(vendorEvents, signing);
      if (!parsed.ok) throw new Error(`nothing of a body is read: ${JSON.stringify(parsed.problems)}`);
      return parsed.events;
    },
    async close() {
      await vendor.close();
      await Promise.all(guards.map((guard) => guard.close()));
    },
  };
}

/** The account, with these secrets in the place of its own for what comes in. */
export function accountWith(account: ChannelAccount, inbound: readonly string[]): ChannelAccount {
  return { ...account, secrets: { ...account.secrets, inbound } };
}

function buildPart(to: string, text: string, fields: Partial<ReplyPart>): ReplyPart {
  return {
    deliveryId: randomUUID(),
    conversationId: "0c0f8f3e-54b5-4b8c-9a39-3a5f9b8f8a10",
    to,
    thread: "",
    text,
    marks: [],
    part: 1,
    parts: 1,
    inReplyTo: [],
    sources: [],
    firstAttemptAt: new Date(),
    author: "assistant",
    ...fields,
  };
}
