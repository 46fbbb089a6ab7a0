import { defineKinds, under } from "./kind-table.ts";

/** What the Cloud API does not hand out. Others of these are no messages: see below. */
const HIDDEN_CONTENT = [
  "errors",
  "gif",
  "group_invite",
  "hsm",
  "image",
  "interactive",
  "link_preview",
  "list",
  "location",
  "media_placeholder",
  "order",
  "poll_creation",
  "product",
  "unknown",
];

const ABOUT_ACCOUNT = [
  "account_alerts",
  "account_review_update",
  "account_settings_update",
  "account_update",
  "automatic_events",
  "business_capability_update",
  "business_status_update",
  "business_username_updates",
  "consumer_profile",
  "flows",
  "group_lifecycle_update",
  "group_participants_update",
  "group_settings_update",
  "group_status_update",
  "message_template_components_update",
  "message_template_quality_update",
  "message_template_status_update",
  "partner_solutions",
  "payment_configuration_update",
  "phone_number_name_update",
  "phone_number_quality_update",
  "security",
  "smb_app_state_sync",
  "template_category_update",
  "template_correct_category_detection",
  "tracking_events",
];

/** WhatsApp Cloud API: the types of messages, the subscription fields and the states of a send. */
export const WHATSAPP_KINDS = defineKinds(
  {
    treatment: "answered",
    kinds: under("messages", ["text", "button", "interactive.button_reply", "interactive.list_reply"]),
  },
  {
    treatment: "placeholder",
    kinds: [
      ...under("messages", ["audio", "contacts", "document", "image", "location", "sticker", "video"]),
      ...under("messages", ["interactive.nfm_reply", "interactive.unknown", "unsupported", "unknown"]),
      ...under("messages.unsupported", HIDDEN_CONTENT),
    ],
  },
  { treatment: "handed_over", kinds: ["messages.order", "calls.connect"] },
  {
    treatment: "applied",
    reason: "The contact changed or took back a message: its turn uses the new text.",
    kinds: under("messages", ["edit", "revoke"]),
  },
  {
    treatment: "applied",
    reason: "The state of a message of ours.",
    kinds: under("statuses", ["sent", "delivered", "read", "failed"]),
  },
  {
    treatment: "applied",
    reason: "An agent wrote in the WhatsApp Business app: the assistant is silent.",
    kinds: ["field.smb_message_echoes"],
  },
  {
    treatment: "ignored",
    reason: "A reaction says something about a message and asks for nothing.",
    kinds: ["messages.reaction", "messages.unsupported.reaction"],
  },
  {
    treatment: "ignored",
    reason: "It changes how a chat is shown, and says nothing.",
    kinds: under("messages.unsupported", ["keep_in_chat", "pin", "poll_update"]),
  },
  {
    treatment: "ignored",
    reason: "WhatsApp's own note, such as a new number or a setting for offers; the contact wrote nothing.",
    kinds: ["messages.system", "field.user_preferences", "field.user_id_update"],
  },
  {
    treatment: "ignored",
    reason: "The contact opened the chat and has not written yet.",
    kinds: ["messages.request_welcome"],
  },
  {
    treatment: "ignored",
    reason: "It answers a request for permission to call, which Parley never makes.",
    kinds: ["messages.interactive.call_permission_reply"],
  },
  {
    treatment: "ignored",
    reason: "Others in the group are meant: a reply would go to the writer alone.",
    kinds: ["messages.group"],
  },
  { treatment: "ignored", reason: "The end of a call, which has begun before.", kinds: ["calls.terminate"] },
  {
    treatment: "ignored",
    reason: "A state of a send or of a call that changes nothing.",
    kinds: under("statuses", ["deleted", "played", "warning", "ACCEPTED", "REJECTED", "RINGING"]),
  },
  {
    treatment: "ignored",
    reason: "Another app has the conversation, and answers it.",
    kinds: under("field", ["standby", "messaging_handovers", "message_echoes"]),
  },
  {
    treatment: "ignored",
    reason: "Old messages, from before the number was connected.",
    kinds: ["field.history"],
  },
  {
    treatment: "ignored",
    reason: "It is about the business's account and not from a contact.",
    kinds: under("field", ABOUT_ACCOUNT),
  },
  { treatment: "ignored", reason: "An error of WhatsApp without a message.", kinds: ["value.errors"] },
);
