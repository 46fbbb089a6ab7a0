import { createWhatsappChannel } from "../../../activities/channels/whatsapp.ts";
import { whatsapp } from "../../../api/channels/whatsapp.ts";
import { createWhatsappStandIn } from "../../../infra/dev/stand-ins/whatsapp/whatsapp-stand-in.ts";
import { metaSignature } from "../../support/channels/vendor-signature.ts";
import type { ChannelKit, Happening } from "../channel-kit.ts";
import { graphErrors } from "./graph-errors.ts";
import { kitAccount, kitRequest } from "./kit-samples.ts";
import { openVendor } from "./open-vendor.ts";

const NUMBER_ID = "106540352242922";
const PERSON = "15005550006";
const TOKEN = "kit-access-token";
const METADATA = { display_phone_number: "15005550001", phone_number_id: NUMBER_ID };
/** Seconds since 1970, as text. */
const TIMESTAMP = "1767348000";

/** WhatsApp's Cloud API. */
export const whatsappKit: ChannelKit = {
  name: "whatsapp",
  inbound: whatsapp,
  createOutbound: createWhatsappChannel,
  accountAt: () =>
    kitAccount({ channel: "whatsapp", sender: "+15005550001", externalId: NUMBER_ID, outbound: TOKEN }),
  secrets: { current: "app-secret", previous: "app-secret-before", foreign: "another-app's-secret" },
  person: PERSON,
  requestOf(happenings, signing) {
    // One change per item keeps receipts and messages in the order in which they happened.
    const changes = happenings.map((happening) => ({ field: "messages", value: valueOf(happening) }));
    const body = JSON.stringify({ object: "whatsapp_business_account", entry: [{ id: "1021", changes }] });
    return kitRequest("whatsapp", metaSignature, { ...signing, body });
  },
  signature: {
    headers: ["x-hub-signature-256"],
    covers: {
      body: true,
      time: "Meta signs no time: the dedupe key is what stops a replay.",
      url: "Meta signs no URL.",
    },
  },
  changes: ["edit", "delete"],
  receiptWords: [
    { word: "sent", state: "sent" },
    { word: "delivered", state: "delivered" },
    { word: "read", state: "read" },
    { word: "failed", state: "failed", code: "131047", class: "window" },
    { word: "a_word_of_tomorrow", state: null },
  ],
  openVendor: async () =>
    await openVendor<{ id: string; text: string; details: { template?: string } }>(
      createWhatsappStandIn({ accessToken: TOKEN }),
      {
        shown: ({ id, text, details: { template } }) => ({
          providerId: id,
          text,
          ...(template !== undefined && { template }),
        }),
        windowMark: { mark: "window-closed", to: PERSON },
      },
    ),
  template: { name: "reply_ready", language: "en_US" },
  errors: graphErrors({
    131047: "window",
    131050: "optout",
    131056: "throttle",
    131026: "permanent",
    132001: "permanent",
    131042: "config",
    131000: "retry",
  }),
  notOffered: {
    idempotent_send: "The Cloud API takes no key by which it would drop a repeated message.",
    reconcile: "The Cloud API cannot be asked what it took.",
  },
};

function valueOf(happening: Happening): object {
  const frame = { messaging_product: "whatsapp", metadata: METADATA };
  if (happening.kind === "receipt") {
    const { providerId: id, word: status, code } = happening;
    const errors = code === undefined ? {} : { errors: [{ code: Number(code), title: "no" }] };
    return { ...frame, statuses: [{ id, status, timestamp: TIMESTAMP, recipient_id: PERSON, ...errors }] };
  }
  const contacts = [{ profile: { name: "Ada" }, wa_id: PERSON }];
  return { ...frame, contacts, messages: [messageOf(happening)] };
}

function messageOf(happening: Exclude<Happening, { kind: "receipt" }>): object {
  const from = { from: PERSON, timestamp: TIMESTAMP };
  if (happening.kind === "broken") return { ...from, type: "text", text: { body: "no id" } };
  const id = `wamid.${happening.number}`;
  if (happening.kind === "delete")
    return { ...from, id: `${id}.revoke`, type: "revoke", revoke: { original_message_id: id } };
  const said = { type: "text", text: { body: happening.text } };
  if (happening.kind === "message") return { ...from, id, ...said };
  return { ...from, id: `${id}.edit`, type: "edit", edit: { original_message_id: id, message: said } };
}
