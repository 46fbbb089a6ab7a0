import type { InboundEvent } from "../../../../api/channels/channel.ts";
import { whatsapp } from "../../../../api/channels/whatsapp.ts";
import { NOW, sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";

const NUMBER = "106540352242922";
export const OTHER_NUMBER = "106540352242999";
export const CONTACT = "15550100200";
export const USER_ID = "US.13491208655302741918";
/** The second of every sample message. */
export const AT = new Date(NOW.getTime() - 10_000);
export const ACCOUNT = sampleAccount({ channel: "whatsapp", address: "15550783881", externalId: NUMBER });

const stamp = String(AT.getTime() / 1_000);

/** One of `messages[]`, by default a text. */
export const message = (fields: object = {}) => ({
  from: CONTACT,
  id: "wamid.in-1",
  timestamp: stamp,
  type: "text",
  text: { body: "Do you open on Sunday?" },
  ...fields,
});

/** One of `statuses[]`. */
export const status = (fields: object = {}) => ({
  id: "wamid.out-1",
  status: "delivered",
  timestamp: stamp,
  recipient_id: CONTACT,
  ...fields,
});

/** One of `changes[]`. */
export const change = (value: object, number = NUMBER) => ({
  field: "messages",
  value: {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: "+1 555-078-3881", phone_number_id: number },
    ...value,
  },
});

export const entry = (...changes: unknown[]) => ({ id: "102290129340398", changes });

export function parseEntries(entries: readonly unknown[], account = ACCOUNT) {
  const body = { object: "whatsapp_business_account", entry: entries };
  return whatsapp.parse(sampleRequest({ rawBody: Buffer.from(JSON.stringify(body)) }), account);
}

/** The events that one change gives. */
export function eventsOf(value: object): InboundEvent[] {
  const parsed = parseEntries([entry(change(value))]);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.events;
}

/** The events that one message gives. */
export function eventOf(fields: object, value: object = {}): InboundEvent | undefined {
  return eventsOf({ ...value, messages: [message(fields)] })[0];
}
