import type { InboundChannel, InboundEvent } from "../../../../api/channels/channel.ts";
import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";
import { NOW, sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";

export const PAGE = "104400000000001";
export const CONTACT = "6200000000000001";
export const OWN_APP = "770000000000001";
/** The page's own inbox is an app as well. */
export const INBOX_APP = 263902037430900;
/** The time of every sample event, in ms as Meta gives it. */
export const AT = NOW.getTime() - 3_000;

export const accountOn = (channel: string): ChannelAccount =>
  sampleAccount({ channel, address: OWN_APP, externalId: PAGE });

/** One event of a contact, with its fields apart from sender and recipient. */
export const fromContact = (fields: object) => ({
  sender: { id: CONTACT },
  recipient: { id: PAGE },
  timestamp: AT,
  ...fields,
});

/** The same, said in the page's name. */
export const fromPage = (message: object) => ({
  sender: { id: PAGE },
  recipient: { id: CONTACT },
  timestamp: AT,
  message: { is_echo: true, ...message },
});

const OBJECTS: Readonly<Record<string, string>> = { messenger: "page", instagram: "instagram" };

export function parseWith(
  channel: InboundChannel,
  entry: readonly unknown[],
  account = accountOn(channel.name),
) {
  const body = { object: OBJECTS[channel.name], entry };
  return channel.parse(sampleRequest({ rawBody: Buffer.from(JSON.stringify(body)) }), account);
}

/** The events that these items of one entry give. */
export function eventsOf(channel: InboundChannel, ...messaging: unknown[]): InboundEvent[] {
  const parsed = parseWith(channel, [{ id: PAGE, time: AT, messaging }]);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.events;
}
