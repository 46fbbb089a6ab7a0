import { z } from "zod";
import type { ChannelAccount } from "../../db/channel-account.ts";
import type { InboundChannel, InboundEvent, ParsedBody } from "./channel.ts";
import { ignored, invalidItem, readMetaBody } from "./meta/meta-body.ts";
import { META_ACKNOWLEDGEMENT, metaHandshake, verifyMeta } from "./meta/meta-edge.ts";
import { whatsappMessage } from "./whatsapp/whatsapp-message.ts";
import { whatsappStatus } from "./whatsapp/whatsapp-status.ts";

const LIST = z.array(z.unknown(), { error: "must be a list" });
const ENTRY = z.looseObject({ changes: LIST });
const CHANGE = z.looseObject({ field: z.string({ error: "must be the field's name" }), value: z.unknown() });
const VALUE = z.looseObject(
  {
    metadata: z.looseObject(
      {
        phone_number_id: z.string({ error: "must be the id of the number that the message came to" }),
        display_phone_number: z.string().optional(),
      },
      { error: "must be an object with phone_number_id" },
    ),
    messages: LIST.optional(),
    statuses: LIST.optional(),
    errors: LIST.optional(),
  },
  { error: "must be an object with metadata and messages or statuses" },
);
type Value = z.infer<typeof VALUE>;

/** WhatsApp's Cloud API: one body holds messages and receipts of many people, of every number of the business account. */
export const whatsapp: InboundChannel = {
  name: "whatsapp",
  // People write a thought in two or three messages within a second or two.
  quietWindowMs: 1_500,
  acknowledgement: META_ACKNOWLEDGEMENT,
  handshake: metaHandshake,
  verify: verifyMeta,
  parse({ rawBody, receivedAt }, account): ParsedBody {
    const body = readMetaBody(rawBody, "whatsapp_business_account");
    if (!body.ok) return body;
    const events = body.entries.flatMap((item, i) =>
      entryEvents(item, { account, receivedAt, place: `entry.${i}` }),
    );
    return { ok: true, events };
  },
};

interface Context {
  account: ChannelAccount;
  receivedAt: Date;
  /** Where in the body we are. */
  place: string;
}

function entryEvents(item: unknown, { place, ...rest }: Context): InboundEvent[] {
  const entry = ENTRY.safeParse(item);
  if (!entry.success) return [invalidItem(entry.error, place)];
  return entry.data.changes.flatMap((change, i) =>
    changeEvents(change, { ...rest, place: `${place}.changes.${i}` }),
  );
}

function changeEvents(item: unknown, { account, receivedAt, place }: Context): InboundEvent[] {
  const change = CHANGE.safeParse(item);
  if (!change.success) return [invalidItem(change.error, place)];
  if (change.data.field !== "messages") return [ignored(`field.${change.data.field}`)];
  const value = VALUE.safeParse(change.data.value);
  if (!value.success) return [invalidItem(value.error, `${place}.value`)];
  const isOurs = [null, value.data.metadata.phone_number_id].includes(account.externalId);
  return isOurs ? valueEvents(value.data, receivedAt, `${place}.value`) : [ignored("other_account")];
}

function valueEvents(value: Value, receivedAt: Date, place: string): InboundEvent[] {
  const { messages = [], statuses = [], errors = [], metadata } = value;
  const ownNumber = metadata.display_phone_number ?? "";
  return [
    ...messages.map((item, i) =>
      whatsappMessage(item, { receivedAt, ownNumber, place: `${place}.messages.${i}` }),
    ),
    ...statuses.map((item, i) => whatsappStatus(item, { receivedAt, place: `${place}.statuses.${i}` })),
    ...errors.map(() => ignored("value_error")),
  ];
}
