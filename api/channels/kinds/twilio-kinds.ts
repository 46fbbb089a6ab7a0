import { defineKinds, type KindGroup, under } from "./kind-table.ts";

const COMMON: readonly KindGroup[] = [
  { treatment: "answered", kinds: ["Body"] },
  { treatment: "placeholder", kinds: ["NumMedia", "empty"] },
  {
    treatment: "applied",
    reason: "The state of a message of ours.",
    kinds: under("MessageStatus", [
      "accepted",
      "canceled",
      "delivered",
      "failed",
      "partially_delivered",
      "queued",
      "read",
      "scheduled",
      "sending",
      "sent",
      "undelivered",
    ]),
  },
  {
    treatment: "applied",
    reason: "Twilio has recognised a word for stop or start and has answered it.",
    kinds: under("OptOutType", ["STOP", "START"]),
  },
  {
    treatment: "ignored",
    reason: "A notice without a text or a file.",
    kinds: ["no_body"],
  },
];

/** Twilio's SMS and MMS webhooks, by the fields of the form. */
export const TWILIO_SMS_KINDS = defineKinds(
  ...COMMON,
  {
    treatment: "answered",
    kinds: ["OptOutType.HELP"],
  },
  {
    treatment: "ignored",
    reason: "A phone writes a reaction as a text that quotes our message. It is stored and asks for nothing.",
    kinds: ["Body.tapback"],
  },
);

/** Twilio's WhatsApp webhooks: the fields of the form, and the values of `MessageType`. */
export const TWILIO_WHATSAPP_KINDS = defineKinds(
  ...COMMON,
  {
    treatment: "answered",
    kinds: [
      "ButtonText",
      "ButtonPayload",
      "ListTitle",
      ...under("MessageType", ["text", "button", "interactive"]),
    ],
  },
  {
    treatment: "placeholder",
    kinds: [
      "FlowData",
      "InteractiveData",
      "Latitude",
      ...under("MessageType", [
        "audio",
        "contacts",
        "document",
        "image",
        "location",
        "sticker",
        "unknown",
        "unsupported",
        "video",
      ]),
    ],
  },
  { treatment: "handed_over", kinds: ["MessageType.order"] },
  {
    treatment: "ignored",
    reason: "A reaction says something about a message and asks for nothing.",
    kinds: ["MessageType.reaction"],
  },
  {
    treatment: "ignored",
    reason: "WhatsApp's own note, such as a new number; the contact wrote nothing.",
    kinds: ["MessageType.system"],
  },
);
