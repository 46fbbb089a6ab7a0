import { describe, expect, it } from "vitest";
import type { InboundEvent } from "../../../api/channels/channel.ts";
import { messagingItem } from "../../../api/channels/meta/messaging-item.ts";
import { readTwilioForm } from "../../../api/channels/twilio/twilio-form.ts";
import { isTapback } from "../../../api/channels/twilio/tapback.ts";
import { twilioSms } from "../../../api/channels/twilio-sms.ts";
import { twilioWhatsapp } from "../../../api/channels/twilio-whatsapp.ts";
import { whatsappContent } from "../../../api/channels/whatsapp/whatsapp-content.ts";
import { readRequest } from "../../../api/consent/read-request.ts";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";

const account: ChannelAccount = {
  tenantId: "acme",
  accountId: "main",
  channel: "twilio-sms",
  address: "+15550100100",
  externalId: null,
  secrets: { inbound: [], outbound: [] },
  settings: {},
};
const LABELS = [
  "Cancel",
  "Stop",
  "Unsubscribe",
  "End",
  "Quit",
  "Remove me",
  "Baja",
  "Stop promotions",
  "Yes",
  "Start",
];
const SID = `SM${"0".repeat(32)}`;

function postForm(channel: typeof twilioSms, fields: Record<string, string>): InboundEvent[] {
  const form = new URLSearchParams({ MessageSid: SID, From: "whatsapp:+15550100142", ...fields });
  const rawBody = Buffer.from(form.toString());
  expect(readTwilioForm(rawBody, account).ok).toBe(true);
  const parsed = channel.parse({ url: "", headers: {}, rawBody, receivedAt: new Date(0) }, account);
  return parsed.ok ? parsed.events : [];
}

function readMessaging(fields: object): InboundEvent[] {
  const item = { sender: { id: "1" }, recipient: { id: "2" }, timestamp: 1, ...fields };
  return messagingItem(item, { account, ownId: "2", place: "item", receivedAt: new Date(5) });
}

/** Each press of a button, as its vendor posts it. */
const PRESSES: Readonly<Record<string, (label: string) => unknown[]>> = {
  "a WhatsApp button": (title) => [
    whatsappContent({
      type: "interactive",
      interactive: { type: "button_reply", button_reply: { id: "x", title } },
    }),
  ],
  "a row of a WhatsApp list": (title) => [
    whatsappContent({
      type: "interactive",
      interactive: { type: "list_reply", list_reply: { id: "x", title } },
    }),
  ],
  "a button of a WhatsApp template": (text) => [
    whatsappContent({ type: "button", button: { text, payload: text } }),
  ],
  "a quick reply of Messenger": (text) =>
    readMessaging({ message: { mid: "m_1", text, quick_reply: { payload: "X" } } }),
  "a postback of Messenger": (title) => readMessaging({ postback: { mid: "m_1", title, payload: "X" } }),
  "a button of WhatsApp by Twilio": (Body) =>
    postForm(twilioWhatsapp, { Body, ButtonText: Body, ButtonPayload: "x" }),
  "a row of a list of WhatsApp by Twilio": (Body) =>
    postForm(twilioWhatsapp, { Body, ListId: "1", ListTitle: Body }),
};

describe("the press of a button", () => {
  it.each(Object.keys(PRESSES))("%s is never a consent, whatever its label says", (name) => {
    for (const label of LABELS)
      for (const event of PRESSES[name]?.(label) ?? []) {
        expect(event).toMatchObject({ text: label, origin: "press" });
        for (const channel of ["twilio-sms", "whatsapp", "web"])
          expect(readRequest({ text: label, origin: "press" }, { channel, settings: {} })).toBeNull();
      }
  });
});

describe("a reaction that a phone describes", () => {
  const TAPBACKS = [
    'Liked "Reply STOP to unsubscribe"',
    "Loved \u201cWe are open today\u201d",
    "Disliked \u201cStop by any time\u201d",
    'Removed a like from "We are open"',
    "Reacted \u{1F525} to \u201cStop\u201d",
    "\u200a\u{1F44D}\u200a to \u201c Reply STOP to end \u201d",
    'A aimé "Répondez STOP"',
    'Curtiu "Responda PARE"',
    "Liked an image",
  ];

  it.each(TAPBACKS)("is marked, so that the quoted words are not read: %s", (text) => {
    const [event] = postForm(twilioSms, { From: "+15550100142", Body: text });
    expect(event).toMatchObject({ kind: "message", origin: "tapback" });
  });

  it.each([
    "I liked it",
    "Liked the red one, do you have it?",
    "Loved it! Stop texting me",
    'He liked "the wall"',
  ])("is not seen in typed words: %s", (text) => expect(isTapback(text)).toBe(false));
});
