import { addDeliveryId } from "../../../../infra/channels/vendors/twilio-callback.ts";
import { NOW } from "../../../support/channels/samples.ts";
import type { InboundRequest } from "../../../../api/channels/channel.ts";

/* A body for each kind of the tables. The name of a kind says what the vendor puts where. */

export type SampleRequest = Partial<Pick<InboundRequest, "rawBody" | "headers" | "url">>;
type Sampler = (kind: string) => SampleRequest;

const json = (body: unknown): SampleRequest => ({ rawBody: Buffer.from(JSON.stringify(body)) });
const form = (fields: Record<string, string>): SampleRequest => ({
  rawBody: Buffer.from(new URLSearchParams(fields).toString()),
  headers: { "content-type": "application/x-www-form-urlencoded" },
});
const afterPlace = (kind: string) => kind.slice(kind.indexOf(".") + 1);
const seconds = Math.floor(NOW.getTime() / 1_000);
const FILE = { file_id: "f1" };

const TELEGRAM_CONTENT: Readonly<Record<string, unknown>> = {
  text: "Are you open?",
  rich_message: { blocks: [{ type: "paragraph", text: ["Are ", { type: "bold", text: "you" }, " open?"] }] },
  contact: { first_name: "Ada", phone_number: "1" },
  location: { latitude: 1, longitude: 2 },
  venue: { location: { latitude: 1, longitude: 2 }, title: "Club" },
  photo: [FILE],
  migrate_to_chat_id: -1_002,
  migrate_from_chat_id: -1_001,
  unknown: undefined,
  web_app_data: { button_text: "Order", data: '{"size":42}' },
};
const GROUP = { id: -1_001, type: "group" };
const PRIVATE = { id: 6_100_200_300, type: "private" };
const USER = { id: 6_100_200_300, is_bot: false, first_name: "Ada" };

const telegram: Sampler = (kind) => {
  const message = { message_id: 5, date: seconds, chat: PRIVATE, from: USER };
  if (kind.startsWith("message.")) {
    const name = afterPlace(kind);
    const content = name in TELEGRAM_CONTENT ? TELEGRAM_CONTENT[name] : { ...FILE, title: "x", emoji: "x" };
    const chat = name.startsWith("migrate") ? GROUP : PRIVATE;
    return json({
      update_id: 1,
      message: { ...message, chat, [name === "unknown" ? "hologram" : name]: content ?? {} },
    });
  }
  const business = { ...message, business_connection_id: "c1", text: "Hi", edit_date: seconds };
  const items: Readonly<Record<string, unknown>> = {
    message: { ...message, text: "Hi" },
    edited_message: { ...message, text: "Hi", edit_date: seconds },
    business_message: business,
    edited_business_message: business,
    deleted_business_messages: { business_connection_id: "c1", chat: PRIVATE, message_ids: [5] },
    callback_query: {
      id: "1",
      from: USER,
      data: "hours",
      message: { ...message, from: { id: 1, is_bot: true } },
    },
    my_chat_member: { chat: PRIVATE, new_chat_member: { status: "kicked", user: { id: 1 } } },
  };
  return json({ update_id: 1, ...(kind === "none" ? {} : { [kind]: items[kind] ?? {} }) });
};

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

const whatsapp: Sampler = (kind) => {
  const value = { messaging_product: "whatsapp", metadata: { phone_number_id: "100" } };
  const change = (fields: object, field = "messages") =>
    json({
      object: "whatsapp_business_account",
      entry: [{ id: "1", changes: [{ field, value: { ...value, ...fields } }] }],
    });
  const [place, name] = [kind.slice(0, kind.indexOf(".")), afterPlace(kind)];
  const sender = { id: "wamid.1", from: "15550100200", timestamp: String(seconds) };
  if (kind === "field.smb_message_echoes") {
    const echo = { id: "wamid.2", to: "15550100200", type: "text", text: { body: "Hi" } };
    return change({ message_echoes: [echo] }, "smb_message_echoes");
  }
  if (place === "field") return change({}, name);
  if (place === "value") return change({ errors: [{ code: 1 }] });
  if (place === "statuses") return change({ statuses: [{ id: "wamid.1", status: name }] });
  if (place === "calls") return change({ calls: [{ ...sender, event: name }] }, "calls");
  if (name === "group")
    return change({ messages: [{ ...sender, type: "text", text: { body: "Hi" }, group_id: "g" }] });
  const [type = "", inner] = name.split(".");
  const known = WHATSAPP_CONTENT[name];
  const content = inner === undefined ? (known ?? { id: "media.1" }) : { type: inner, ...(known as object) };
  return change({ messages: [{ ...sender, type: type === "unknown" ? "hologram" : type, [type]: content }] });
};

const ATTACHMENT_PAYLOAD = { url: "https://cdn.example/1", coordinates: { lat: 1, long: 2 } };

const messaging =
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

const SLACK_TS = "1767348000.000100";
const slackUser = { team: { id: "T1" }, user: { id: "U1" }, trigger_id: "1.2.3" };
const SLACK_MESSAGES: Readonly<Record<string, object>> = {
  "message.blocks": {
    text: "",
    blocks: [{ type: "rich_text", elements: [{ type: "text", text: "Hello there" }] }],
  },
  "message.empty": { text: "" },
  "message.files": { text: "", subtype: "file_share", files: [{ id: "F1", mimetype: "image/png" }] },
  "message.share": { text: "", attachments: [{ is_share: true, text: "Hello there" }] },
};

const slack: Sampler = (kind) => {
  const event = (fields: object) => json({ type: "event_callback", team_id: "T1", event: fields });
  const message = { type: "message", user: "U1", channel: "D1", ts: SLACK_TS, text: "Hello there" };
  const payload = (fields: object) => form({ payload: JSON.stringify({ ...slackUser, ...fields }) });
  const press = (action: object) => payload({ type: "block_actions", actions: [action] });
  if (kind in SLACK_MESSAGES) return event({ ...message, ...SLACK_MESSAGES[kind] });
  if (kind.startsWith("message."))
    return event({
      ...message,
      subtype: afterPlace(kind),
      message: { ...message, text: "New" },
      previous_message: message,
    });
  if (kind.startsWith("event.")) return event({ ...message, type: afterPlace(kind) });
  const command = { command: "/ask", team_id: "T1", user_id: "U1", trigger_id: "1.2.3" };
  const items: Readonly<Record<string, SampleRequest>> = {
    slash_command: form({ ...command, text: "Are you open?" }),
    "slash_command.empty": form({ ...command, text: "" }),
    ssl_check: form({ ssl_check: "1" }),
    url_verification: json({ type: "url_verification", challenge: "c" }),
    block_actions: press({ type: "button", text: { text: "Yes" } }),
    "block_actions.no_text": press({ type: "button" }),
    "block_actions.link": press({ type: "button", url: "https://example.com" }),
    view_submission: payload({
      type: "view_submission",
      view: { id: "V1", state: { values: { b: { a: { type: "plain_text_input", value: "Friday" } } } } },
    }),
    dialog_submission: payload({
      type: "dialog_submission",
      action_ts: SLACK_TS,
      submission: { day: "Friday" },
    }),
    interactive_message: payload({
      type: "interactive_message",
      channel: { id: "D1" },
      message_ts: SLACK_TS,
      action_ts: SLACK_TS,
      actions: [{ name: "size", value: "42" }],
    }),
    message_action: payload({ type: "message_action", message }),
  };
  return items[kind] ?? payload({ type: kind });
};

const twilio =
  (scheme: string): Sampler =>
  (kind) => {
    const sid = `SM${"0".repeat(32)}`;
    const base = {
      MessageSid: sid,
      AccountSid: "AC1",
      From: `${scheme}+15005550006`,
      To: `${scheme}+15005550001`,
    };
    const [place = "", name = ""] = kind.includes(".")
      ? [kind.slice(0, kind.indexOf(".")), afterPlace(kind)]
      : [kind];
    // Before the send a state counts only with our id of the part.
    const url = addDeliveryId(
      "https://parley.test/webhooks/twilio-sms/main",
      "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    );
    if (place === "MessageStatus") return { url, ...form({ ...base, MessageStatus: name }) };
    if (place === "OptOutType") return form({ ...base, Body: name, OptOutType: name });
    if (place === "MessageType" && !["text", "button", "interactive"].includes(name))
      return form({ ...base, Body: "", MessageType: name === "unknown" ? "hologram" : name });
    const items: Readonly<Record<string, Record<string, string>>> = {
      "Body.tapback": { Body: "Liked “We open at nine.”" },
      empty: { Body: "" },
      NumMedia: {
        Body: "",
        NumMedia: "1",
        MediaUrl0: "https://api.example/1",
        MediaContentType0: "image/png",
      },
      Latitude: { Body: "", Latitude: "1", Longitude: "2" },
      ButtonText: { Body: "", ButtonText: "Yes" },
      ButtonPayload: { Body: "", ButtonPayload: "yes" },
      ListTitle: { Body: "", ListTitle: "Yes" },
      FlowData: { Body: "", FlowData: '{"day":"Friday"}' },
      InteractiveData: { Body: "", InteractiveData: '{"day":"Friday"}' },
      no_body: {},
    };
    return form({ ...base, ...(items[kind] ?? { Body: "Are you open?" }) });
  };

const line: Sampler = (kind) => {
  const source = { type: "user", userId: "Ucccccccc" };
  const event = (fields: object) =>
    json({ destination: "Ubot", events: [{ mode: "active", source, timestamp: 1, ...fields }] });
  const name = afterPlace(kind);
  if (kind === "standby")
    return event({ type: "message", mode: "standby", message: { id: "1", type: "text", text: "Hi" } });
  if (kind.startsWith("message."))
    return event({
      type: "message",
      message: { id: "1", type: name, ...(name === "text" ? { text: "Hi" } : {}), latitude: 1, longitude: 2 },
    });
  const menu = name === "postback.rich_menu" ? { newRichMenuAliasId: "b" } : undefined;
  const type = name.split(".")[0];
  const postback = { data: "action=hours", params: menu };
  return event({
    type,
    webhookEventId: "01H",
    postback,
    unsend: { messageId: "1" },
    follow: { isUnblocked: true },
  });
};

const webhook: Sampler = (kind) => {
  const message = { id: "1", from: "ada", text: "Hi", message_id: "1", state: "sent" };
  const media = { from: "ada", media: [{ kind: "image", url: "https://cdn.example/1" }] };
  const isMedia = kind.endsWith(".media");
  return json({ type: isMedia ? "message.received" : kind, data: isMedia ? media : message });
};

export const SAMPLERS: Readonly<Record<string, Sampler>> = {
  telegram,
  whatsapp,
  messenger: messaging("page"),
  instagram: messaging("instagram"),
  slack,
  "twilio-sms": twilio(""),
  "twilio-whatsapp": twilio("whatsapp:"),
  line,
  webhook,
};
