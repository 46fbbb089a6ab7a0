import { defineKinds, type KindGroup, under } from "./kind-table.ts";

/* Messenger and Instagram post the same bodies. Each has fields and attachments of its own. */

const COMMON: readonly KindGroup[] = [
  { treatment: "answered", kinds: ["message.text", "message.quick_reply", "postback", "message.reply_to"] },
  {
    treatment: "placeholder",
    kinds: [
      ...under("message.attachments", [
        "audio",
        "ephemeral",
        "fallback",
        "file",
        "ig_post",
        "ig_reel",
        "image",
        "location",
        "post",
        "reel",
        "share",
        "sticker",
        "template",
        "unknown",
        "video",
      ]),
      "message.empty",
      "message.is_unsupported",
      "postback.without_title",
    ],
  },
  {
    treatment: "applied",
    reason: "The contact changed or took back a message: its turn uses the new text.",
    kinds: ["message_edit", "message.is_deleted"],
  },
  { treatment: "applied", reason: "The state of messages of ours.", kinds: ["delivery", "read"] },
  {
    treatment: "applied",
    reason: "An agent wrote in the inbox of the vendor: the assistant is silent.",
    kinds: ["message.is_echo"],
  },
  {
    treatment: "ignored",
    reason: "A reaction says something about a message and asks for nothing.",
    kinds: ["reaction"],
  },
  {
    treatment: "ignored",
    reason: "The contact came through a link or an advertisement and has not written yet.",
    kinds: ["referral", "optin"],
  },
  {
    treatment: "ignored",
    reason: "Another app has the conversation, and answers it.",
    kinds: ["standby", "pass_thread_control", "take_thread_control", "request_thread_control", "app_roles"],
  },
];

const ABOUT_PAGE = [
  "affiliation",
  "attire",
  "awards",
  "birthday",
  "business_integrity",
  "call_settings_update",
  "category",
  "company_overview",
  "culinary_team",
  "current_location",
  "description",
  "email",
  "founded",
  "general_info",
  "general_manager",
  "hometown",
  "hours",
  "inbox_labels",
  "invoice_access_invoice_draft_change",
  "leadgen",
  "live_videos",
  "location",
  "marketing_message_delivery_failed",
  "members",
  "message_context",
  "message_template_status_update",
  "messaging_integrity",
  "mission",
  "name",
  "page_change_proposal",
  "page_upcoming_change",
  "parking",
  "payment_options",
  "personal_info",
  "personal_interests",
  "phone",
  "picture",
  "price_range",
  "product_review",
  "products",
  "public_transit",
  "response_feedback",
  "videos",
  "website",
];

/** Messenger Platform, Graph API 26: the items of `messaging`, the types of attachments and the fields of a page. */
export const MESSENGER_KINDS = defineKinds(
  ...COMMON,
  {
    treatment: "handed_over",
    kinds: ["message.attachments.appointment_booking", "order", "form_id"],
  },
  {
    treatment: "ignored",
    reason: "It answers a survey, a form, a game, a payment or a login, which Parley never sends.",
    kinds: [
      "account_linking",
      "checkout_update",
      "game_play",
      "messaging_customer_information",
      "messaging_feedback",
      "payment",
      "pre_checkout",
      "call_permission_reply",
    ],
  },
  {
    treatment: "ignored",
    reason: "Calls are answered by the business's own phone; the chat says nothing.",
    kinds: ["calls"],
  },
  {
    treatment: "ignored",
    reason: "A notice of Meta for the business.",
    kinds: ["policy_enforcement"],
  },
  {
    treatment: "ignored",
    reason: "It is public: an answer would be read by all visitors of the page.",
    kinds: under("field", ["feed", "group_feed", "mention", "ratings"]),
  },
  {
    treatment: "ignored",
    reason: "It is about the page and not from a contact.",
    kinds: under("field", ABOUT_PAGE),
  },
);

/** Instagram Messaging, Graph API 26: the items of `messaging` and of `changes`, and the types of attachments. */
export const INSTAGRAM_KINDS = defineKinds(
  ...COMMON,
  {
    treatment: "answered",
    kinds: under("field", ["messages", "messaging_postbacks"]),
  },
  {
    treatment: "placeholder",
    kinds: under("message.attachments", [
      "animated_media",
      "ig_story",
      "like_heart",
      "media_share",
      "story_mention",
      "unsupported_type",
    ]),
  },
  {
    treatment: "applied",
    reason: "The same as the item of `messaging` with this name.",
    kinds: under("field", ["message_edit", "messaging_seen"]),
  },
  {
    treatment: "ignored",
    reason: "The same as the item of `messaging` with this name.",
    kinds: under("field", [
      "message_reactions",
      "messaging_handover",
      "messaging_optins",
      "messaging_referral",
      "standby",
    ]),
  },
  {
    treatment: "ignored",
    reason: "It is public: an answer would be read by all visitors of the profile.",
    kinds: under("field", ["comments", "live_comments", "mentions", "share_to_story", "story_reactions"]),
  },
  {
    treatment: "ignored",
    reason: "It is about the business's account and not from a contact.",
    kinds: under("field", [
      "business_login_deauthorize",
      "creator_marketplace_invited_creator_onboarding",
      "story_insights",
    ]),
  },
);
