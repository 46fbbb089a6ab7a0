import { z } from "zod";
import type { InboundChannel, InboundEvent, ParsedBody } from "./channel.ts";
import { ignoreEvent, ignoreListed, toInvalidEvent } from "./json-body.ts";
import { namesUnder } from "./kinds/kind-table.ts";
import { WHATSAPP_KINDS } from "./kinds/whatsapp-kinds.ts";
import { META_ID, readMetaBody } from "./meta/meta-body.ts";
import { META_EDGE } from "./meta/meta-edge.ts";
import { splitByAccount, type AccountEvents } from "./meta/meta-accounts.ts";
import { whatsappCall } from "./whatsapp/whatsapp-call.ts";
import { whatsappEcho } from "./whatsapp/whatsapp-echo.ts";
import { whatsappMessage } from "./whatsapp/whatsapp-message.ts";
import { whatsappContacts } from "./whatsapp/whatsapp-contacts.ts";
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
    calls: LIST.nullish(),
    errors: LIST.nullish(),
  },
  { error: "must be an object with metadata and messages or statuses" },
);
type Value = z.infer<typeof VALUE>;

/** `smb_message_echoes` has replies of agents in the WhatsApp Business app. */
const FIELDS = new Set(["messages", "smb_message_echoes", "calls"]);
/** Other fields that an app can subscribe to. */
const OTHER_FIELDS = new Set(namesUnder(WHATSAPP_KINDS, "field"));

/** WhatsApp's Cloud API: one body has messages and receipts of many contacts, for every number of the business account. */
export const whatsapp: InboundChannel = {
  name: "whatsapp",
  // Contacts write a thought in two or three messages within two seconds.
  quietWindowMs: 1_500,
  ...META_EDGE,
  parse({ rawBody, receivedAt }, account): ParsedBody {
    const body = readMetaBody(rawBody, "whatsapp_business_account");
    if (!body.ok) return body;
    const pieces = body.entries.flatMap((item, i) => readEntry(item, { receivedAt, place: `entry.${i}` }));
    return splitByAccount(pieces, account);
  },
};

interface Context {
  receivedAt: Date;
  /** The current path in the body. */
  place: string;
}

function readEntry(item: unknown, { receivedAt, place }: Context): AccountEvents[] {
  const entry = ENTRY.safeParse(item);
  if (!entry.success) return [forNoAccount(toInvalidEvent(entry.error, place))];
  return entry.data.changes.map((change, i) =>
    readChange(change, { receivedAt, place: `${place}.changes.${i}` }),
  );
}

function readChange(item: unknown, { receivedAt, place }: Context): AccountEvents {
  const change = CHANGE.safeParse(item);
  if (!change.success) return forNoAccount(toInvalidEvent(change.error, place));
  const { field } = change.data;
  if (!FIELDS.has(field)) return forNoAccount(ignoreListed("field", field, OTHER_FIELDS));
  const value = VALUE.safeParse(change.data.value);
  if (!value.success) return forNoAccount(toInvalidEvent(value.error, `${place}.value`));
  const events = readValue(value.data, { receivedAt, place: `${place}.value` });
  return { externalId: value.data.metadata.phone_number_id, events };
}

function readValue(value: Value, { receivedAt, place }: Context): InboundEvent[] {
  const ownNumber = value.metadata.display_phone_number ?? "";
  const context = { receivedAt, ownNumber, contacts: whatsappContacts(value.contacts) };
  const at = (list: string, i: number) => ({ ...context, place: `${place}.${list}.${i}` });
  return [
    ...(value.messages ?? []).map((item, i) => whatsappMessage(item, at("messages", i))),
    ...(value.message_echoes ?? []).map((item, i) => whatsappEcho(item, at("message_echoes", i))),
    ...(value.calls ?? []).map((item, i) => whatsappCall(item, at("calls", i))),
    ...(value.statuses ?? []).map((item, i) => whatsappStatus(item, at("statuses", i))),
    ...(value.errors ?? []).map(() => ignoreEvent("value_error")),
  ];
}

function forNoAccount(event: InboundEvent): AccountEvents {
  return { externalId: null, events: [event] };
}
