import { NOW } from "../../../support/channels/samples.ts";
import { afterPlace, json, type Sampler } from "./sample-request.ts";

const seconds = Math.floor(NOW.getTime() / 1_000);

const WHATSAPP_CONTENT: Readonly<Record<string, unknown>> = {
  text: { body: "Are you open?" },
  button: { text: "Yes", payload: "y" },
  location: { latitude: 1, longitude: 2 },
  contacts: [{ name: { formatted_name: "Ada" } }],
  edit: { original_message_id: "wamid.0", message: { type: "text", text: { body: "Hi" } } },
  revoke: { original_message_id: "wamid.0" },
  "interactive.button_reply": { button_reply: { id: "1", title: "Yes" } },
  "interactive.list_reply": { list_reply: { id: "1", title: "Yes" } },
  "interactive.nfm_reply": { nfm_reply: { response_json: '{"day":"Friday"}' } },
};

export const whatsappSample: Sampler = (kind) => {
  const value = { messaging_product: "whatsapp", metadata: { phone_number_id: "100" } };
  const change = (fields: object, field = "messages") =>
    json({
      object: "whatsapp_business_account",
      entry: [{ id: "1", changes: [{ field, value: { ...value, ...fields } }] }],
    });
  const [place, name] = [kind.slice(0, kind.indexOf(".")), afterPlace(kind)];
  const from = { id: "wamid.1", from: "15550100200", timestamp: String(seconds) };
  if (kind === "field.smb_message_echoes") {
    const echo = { id: "wamid.2", to: "15550100200", type: "text", text: { body: "Hi" } };
    return change({ message_echoes: [echo] }, "smb_message_echoes");
  }
  if (place === "field") return change({}, name);
  if (place === "value") return change({ errors: [{ code: 1 }] });
  if (place === "statuses") return change({ statuses: [{ id: "wamid.1", status: name }] });
  if (place === "calls") return change({ calls: [{ ...from, event: name }] }, "calls");
  if (name === "group")
    return change({ messages: [{ ...from, type: "text", text: { body: "Hi" }, group_id: "g" }] });
  const [type = "", inner] = name.split(".");
  const known = WHATSAPP_CONTENT[name];
  const content = inner === undefined ? (known ?? { id: "media.1" }) : { type: inner, ...(known as object) };
  return change({ messages: [{ ...from, type: type === "unknown" ? "hologram" : type, [type]: content }] });
};

const ATTACHMENT_PAYLOAD = { url: "https://cdn.example/1", coordinates: { lat: 1, long: 2 } };

export const messagingSample =
  (object: string): Sampler =>
  (kind) => {
    const parties = { sender: { id: "620" }, recipient: { id: "104" }, timestamp: NOW.getTime() - 1_000 };
    const post = (entry: object) => json({ object, entry: [{ id: "104", ...entry }] });
    const item = (fields: object) => post({ messaging: [{ ...parties, ...fields }] });
    const message = { mid: "m_1", text: "Are you open?" };
    if (kind === "standby") return post({ standby: [{ ...parties, message }] });
    if (kind.startsWith("field.")) {
      const items: Readonly<Record<string, object>> = {
        "field.messages": { message },
        "field.messaging_postbacks": { postback: { mid: "m_2", title: "Yes" } },
        "field.message_edit": { message_edit: { mid: "m_1", text: "Hi", num_edit: 1 } },
        "field.messaging_seen": { read: { mid: "m_1" } },
        "field.message_reactions": { reaction: {} },
      };
      const value = { ...parties, ...(items[kind] ?? { referral: {} }) };
      return kind === "field.standby"
        ? post({ standby: [value] })
        : post({ changes: [{ field: afterPlace(kind), value }] });
    }
    if (kind.startsWith("message.attachments."))
      return item({
        message: {
          mid: "m_1",
          attachments: [{ type: afterPlace(afterPlace(kind)), payload: ATTACHMENT_PAYLOAD }],
        },
      });
    const items: Readonly<Record<string, object>> = {
      "message.text": { message },
      "message.quick_reply": { message: { ...message, quick_reply: { payload: "p" } } },
      "message.reply_to": { message: { ...message, reply_to: { mid: "m_0" } } },
      "message.empty": { message: { mid: "m_1" } },
      "message.is_unsupported": { message: { mid: "m_1", is_unsupported: true } },
      "message.is_deleted": { message: { mid: "m_1", is_deleted: true } },
      "message.is_echo": {
        sender: { id: "104" },
        recipient: { id: "620" },
        message: { ...message, is_echo: true, app_id: 9 },
      },
      "postback.without_title": { postback: { mid: "m_2", payload: "GO" } },
      postback: { postback: { mid: "m_2", title: "Yes" } },
      message_edit: { message_edit: { mid: "m_1", text: "Hi", num_edit: 1 } },
      delivery: { delivery: { watermark: 1 } },
      read: { read: { watermark: 1 } },
      form_id: { form_id: "77" },
    };
    return item(items[kind] ?? { [kind]: {} });
  };
