import { addDeliveryId } from "../../../../infra/channels/vendors/twilio-callback.ts";
import { NOW } from "../../../support/channels/samples.ts";
import { messagingSample, whatsappSample } from "./meta-samples.ts";
import { afterPlace, json, type Sampler, type SampleRequest } from "./sample-request.ts";

/* A body for each kind of the tables. The name of a kind says what the vendor puts where. */

const form = (fields: Record<string, string>): SampleRequest => ({
  rawBody: Buffer.from(new URLSearchParams(fields).toString()),
  headers: { "content-type": "application/x-www-form-urlencoded" },
});
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
  whatsapp: whatsappSample,
  messenger: messagingSample("page"),
  instagram: messagingSample("instagram"),
  slack,
  "twilio-sms": twilio(""),
  "twilio-whatsapp": twilio("whatsapp:"),
  line,
  webhook,
};
