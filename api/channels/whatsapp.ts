import { z } from "zod";
import type { InboundChannel, InboundEvent, ParsedBody } from "./channel.ts";
import { ignored, invalidItem } from "./json-body.ts";
import { META_ID, readMetaBody } from "./meta/meta-body.ts";
import { META_ACKNOWLEDGEMENT, metaHandshake, verifyMeta } from "./meta/meta-edge.ts";
import { bySender, type SenderEvents } from "./meta/meta-senders.ts";
import { whatsappEcho } from "./whatsapp/whatsapp-echo.ts";
import { whatsappMessage } from "./whatsapp/whatsapp-message.ts";
import { whatsappPeople } from "./whatsapp/whatsapp-people.ts";
import { whatsappStatus } from "./whatsapp/whatsapp-status.ts";

const LIST = z.array(z.unknown(), { error: "must be a list" });
const ENTRY = z.looseObject({ changes: LIST });
const CHANGE = z.looseObject({
  field: z.string({ error: "must be the field's name" }),
  value: z.unknown().optional(),
});
const VALUE = z.looseObject(
  {
    metadata: z.looseObject(
      {
        phone_number_id: META_ID,
        display_phone_number: z.string().optional().catch(undefined),
      },
      { error: "must be an object with phone_number_id" },
    ),
    contacts: z.unknown().optional(),
    messages: LIST.nullish(),
    statuses: LIST.nullish(),
    message_echoes: LIST.nullish(),
    errors: LIST.nullish(),
  },
  { error: "must be an object with metadata and messages or statuses" },
);
type Value = z.infer<typeof VALUE>;

/** `smb_message_echoes` is what a person of the business wrote in the WhatsApp Business app beside us. */
const FIELDS = new Set(["messages", "smb_message_echoes"]);

/** WhatsApp's Cloud API: one body holds messages and receipts of many people, of every number of the business account. */
export const whatsapp: InboundChannel = {
  name: "whatsapp",
  // People write a thought in two or three messages within a second or two.
  quietWindowMs: 1_500,
  // A wamid holds the number in base64.
  idsNamePeople: true,
  acknowledgement: META_ACKNOWLEDGEMENT,
  handshake: metaHandshake,
  verify: verifyMeta,
  parse({ rawBody, receivedAt }, account): ParsedBody {
    const body = readMetaBody(rawBody, "whatsapp_business_account");
    if (!body.ok) return body;
    const pieces = body.entries.flatMap((item, i) => entryPieces(item, { receivedAt, place: `entry.${i}` }));
    return bySender(pieces, account);
  },
};

interface Context {
  receivedAt: Date;
  /** Where in the body we are. */
  place: string;
}

function entryPieces(item: unknown, { receivedAt, place }: Context): SenderEvents[] {
  const entry = ENTRY.safeParse(item);
  if (!entry.success) return [ofNobody(invalidItem(entry.error, place))];
  return entry.data.changes.map((change, i) =>
    changePiece(change, { receivedAt, place: `${place}.changes.${i}` }),
  );
}

function changePiece(item: unknown, { receivedAt, place }: Context): SenderEvents {
  const change = CHANGE.safeParse(item);
  if (!change.success) return ofNobody(invalidItem(change.error, place));
  const { field } = change.data;
  if (!FIELDS.has(field)) return ofNobody(ignored(`field.${field}`));
  const value = VALUE.safeParse(change.data.value);
  if (!value.success) return ofNobody(invalidItem(value.error, `${place}.value`));
  const events = valueEvents(value.data, { receivedAt, place: `${place}.value` });
  return { externalId: value.data.metadata.phone_number_id, events };
}

function valueEvents(value: Value, { receivedAt, place }: Context): InboundEvent[] {
  const ownNumber = value.metadata.display_phone_number ?? "";
  const context = { receivedAt, ownNumber, people: whatsappPeople(value.contacts) };
  const at = (list: string, i: number) => ({ ...context, place: `${place}.${list}.${i}` });
  return [
    ...(value.messages ?? []).map((item, i) => whatsappMessage(item, at("messages", i))),
    ...(value.message_echoes ?? []).map((item, i) => whatsappEcho(item, at("message_echoes", i))),
    ...(value.statuses ?? []).map((item, i) => whatsappStatus(item, at("statuses", i))),
    ...(value.errors ?? []).map(() => ignored("value_error")),
  ];
}

function ofNobody(event: InboundEvent): SenderEvents {
  return { externalId: null, events: [event] };
}
