import { createWhatsappChannel } from "../../../../activities/channels/whatsapp.ts";
import { whatsapp } from "../../../../api/channels/whatsapp.ts";
import { createWhatsappFake } from "../../../../infra/sandbox/fakes/whatsapp/whatsapp-fake.ts";
import { metaSignature } from "../../../support/channels/vendor-signature.ts";
import type { ChannelKit, VendorEvent } from "../channel-kit.ts";
import { graphErrors } from "./meta/graph-errors.ts";
import { kitAccount, kitRequest } from "./kit-samples.ts";
import { openVendorFake } from "./open-vendor-fake.ts";

const NUMBER_ID = "106540352242922";
const CONTACT = "15005550006";
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
    kitAccount({ channel: "whatsapp", address: "+15005550001", externalId: NUMBER_ID, outbound: TOKEN }),
  secrets: { current: "app-secret", previous: "app-secret-before", foreign: "another-app's-secret" },
  contactAddress: CONTACT,
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
  receiptStatuses: [
    { vendorStatus: "sent", state: "sent" },
    { vendorStatus: "delivered", state: "delivered" },
    { vendorStatus: "read", state: "read" },
    { vendorStatus: "failed", state: "failed", code: "131047", refusalClass: "window" },
    { vendorStatus: "a_word_of_tomorrow", state: null },
  ],
  openVendorFake: async () =>
    await openVendorFake<{ id: string; text: string; details: { template?: string } }>(
      createWhatsappFake({ accessToken: TOKEN }),
      {
        formatSent: ({ id, text, details: { template } }) => ({
          providerId: id,
          text,
          ...(template !== undefined && { template }),
        }),
        windowMark: { mark: "window-closed", to: CONTACT },
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

function valueOf(happening: VendorEvent): object {
  const frame = { messaging_product: "whatsapp", metadata: METADATA };
  if (happening.kind === "receipt") {
    const { providerId: id, vendorStatus: status, code } = happening;
    const errors = code === undefined ? {} : { errors: [{ code: Number(code), title: "no" }] };
    return { ...frame, statuses: [{ id, status, timestamp: TIMESTAMP, recipient_id: CONTACT, ...errors }] };
  }
  const contacts = [{ profile: { name: "Ada" }, wa_id: CONTACT }];
  return { ...frame, contacts, messages: [messageOf(happening)] };
}

function messageOf(happening: Exclude<VendorEvent, { kind: "receipt" }>): object {
  const from = { from: CONTACT, timestamp: TIMESTAMP };
  if (happening.kind === "broken") return { ...from, type: "text", text: { body: "no id" } };
  const id = `wamid.${happening.number}`;
  if (happening.kind === "delete")
    return { ...from, id: `${id}.revoke`, type: "revoke", revoke: { original_message_id: id } };
  const said = { type: "text", text: { body: happening.text } };
  if (happening.kind === "message") return { ...from, id, ...said };
  return { ...from, id: `${id}.edit`, type: "edit", edit: { original_message_id: id, message: said } };
}
