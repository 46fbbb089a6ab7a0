import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messenger as channel } from "../../../../api/channels/messenger.ts";
import { signMetaBody } from "../../../../infra/runtime/signatures/meta-signature.ts";
import { NOW, sampleRequest } from "../../../support/channels/samples.ts";
import {
  accountOn,
  AT,
  fromPage,
  fromContact,
  eventsOf,
  INBOX_APP,
  OWN_APP,
  PAGE,
  parseWith,
  CONTACT,
} from "./messaging-samples.ts";

const ACCOUNT = accountOn("messenger");
const MESSAGE = { mid: "m_1", text: "Do you open on Sunday?" };
const ofMessage = (fields: object) => eventsOf(channel, fromContact({ message: { ...MESSAGE, ...fields } }));

describe("the edge", () => {
  const rawBody = Buffer.from('{"object":"page","entry":[]}');
  const signedWith = (secret: string) =>
    sampleRequest({ rawBody, headers: { "x-hub-signature-256": signMetaBody({ rawBody, secret }) } });

  test("takes a body that the app secret signed, and no other", () => {
    expect(channel.verify(signedWith("inbound-secret"), ACCOUNT)).toEqual({ ok: true, secretIndex: 0 });
    expect(channel.verify(signedWith("another"), ACCOUNT)).toMatchObject({ code: "signature_invalid" });
    expect(channel.verify(sampleRequest({ rawBody }), ACCOUNT)).toMatchObject({ code: "signature_missing" });
  });

  test("answers the handshake for the account's own verify token", () => {
    const account = { ...ACCOUNT, secrets: { ...ACCOUNT.secrets, handshake: "verify-me" } };
    const requestVerification = (token: string) =>
      sampleRequest({
        url: `https://chat.example/x?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=42`,
      });
    expect(channel.handshake?.(requestVerification("verify-me"), account)).toMatchObject({
      status: 200,
      body: "42",
    });
    expect(channel.handshake?.(requestVerification("guess"), account)).toBeNull();
  });
});

describe("a message", () => {
  test("is read with its sender, id and time", () => {
    expect(eventsOf(channel, fromContact({ message: MESSAGE }))).toEqual([
      {
        kind: "message",
        providerMessageId: "m_1",
        from: CONTACT,
        text: "Do you open on Sunday?",
        origin: "typed",
        media: [],
        providerTime: new Date(AT),
      },
    ]);
  });

  test("a quick reply has the title of the button as its text", () => {
    expect(ofMessage({ text: "Yes", quick_reply: { payload: "ORDER_YES" } })).toMatchObject([
      { text: "Yes" },
    ]);
  });

  test("has U+FFFD in place of what the stores do not take", () => {
    expect(ofMessage({ text: "a\0b\uD83D" })).toMatchObject([{ text: "a\uFFFDb\uFFFD" }]);
  });

  test.each([undefined, "1767348007000", -1, NOW.getTime() + 90_000_000])(
    "has no time where Meta says %j",
    (timestamp) => {
      expect(eventsOf(channel, { ...fromContact({ message: MESSAGE }), timestamp })).toMatchObject([
        { kind: "message", providerTime: null },
      ]);
    },
  );

  test.each([
    ["no mid", { mid: undefined }, "message.mid"],
    ["an empty mid", { mid: "" }, "message.mid"],
    ["a mid of 257 characters", { mid: "m".repeat(257) }, "message.mid"],
    ["a text that is none", { text: 7 }, "message.text"],
    ["attachments that are no list", { attachments: "x" }, "message.attachments"],
  ])("a message with %s is invalid, and the problem names the field", (_what, fields, field) => {
    expect(ofMessage(fields)).toMatchObject([
      { kind: "invalid", problems: [{ field: `entry.0.messaging.0.${field}` }] },
    ]);
  });

  test("a message without a sender is invalid", () => {
    expect(eventsOf(channel, { ...fromContact({ message: MESSAGE }), sender: undefined })).toMatchObject([
      { kind: "invalid", problems: [{ field: "entry.0.messaging.0.sender" }] },
    ]);
  });

  test("a message without content is still a message", () => {
    expect(ofMessage({ text: "" })).toMatchObject([{ kind: "message", text: "", media: [] }]);
  });
});

describe("an attachment", () => {
  const mediaOf = (attachment: unknown) => {
    const [event] = eventsOf(channel, fromContact({ message: { mid: "m_2", attachments: [attachment] } }));
    return event?.kind === "message" ? event.media : event;
  };
  const url = "https://cdn.example/photo";

  test.each([
    ["image", "image"],
    ["video", "video"],
    ["audio", "audio"],
    ["file", "document"],
    ["reel", "video"],
    ["share", "image"],
  ])("an attachment of type %s is %s media", (type, kind) => {
    expect(mediaOf({ type, payload: { url } })).toEqual([{ kind, contentType: null, ref: url, name: null }]);
  });

  test("an attachment with a sticker id is a sticker", () => {
    expect(mediaOf({ type: "image", payload: { url, sticker_id: 369239263222822 } })).toMatchObject([
      { kind: "sticker", ref: url },
    ]);
  });

  test("may be a place", () => {
    const place = { type: "location", payload: { title: "Office", coordinates: { lat: 48.2, long: 16.37 } } };
    expect(mediaOf(place)).toMatchObject([{ kind: "location", ref: "geo:48.2,16.37", name: "Office" }]);
    expect(mediaOf({ type: "location", payload: {} })).toMatchObject([{ kind: "location", ref: null }]);
  });

  const ofAttachment = (attachment: unknown) =>
    eventsOf(channel, fromContact({ message: { mid: "m_2", attachments: [attachment] } }));

  test.each([
    ["[card]", { type: "template", payload: {} }],
    ["[view-once picture]", { type: "ephemeral", payload: { url } }],
    ["[link]", { type: "fallback", payload: {} }],
    ["[heart]", { type: "like_heart" }],
    ["[attachment: constructor]", { type: "constructor" }],
    ["[attachment]", 7],
  ])("an attachment without words is %s and is explained", (text, attachment) => {
    expect(ofAttachment(attachment)).toMatchObject([{ kind: "message", text, treatment: "explain" }]);
  });

  test("a shared link and a shared product are answered by their titles", () => {
    expect(ofAttachment({ type: "fallback", payload: { url, title: "Bells" } })).toEqual([
      expect.objectContaining({ text: `[link: Bells]\n${url}`, media: [] }),
    ]);
    const product = { elements: [{ title: "Brass bell" }, { title: "Steel bell" }] };
    const events = ofAttachment({ type: "template", payload: { product } });
    expect(events).toMatchObject([{ text: "[product: Brass bell, Steel bell]" }]);
    expect(events[0]).not.toHaveProperty("treatment");
  });

  test("an appointment that the contact asks for is handed over", () => {
    const payload = { booking_id: "1", status: "requested", start_time: 1_767_348_000 };
    expect(ofAttachment({ type: "appointment_booking", payload })).toMatchObject([
      { text: "[appointment: requested 2026-01-02T10:00:00.000Z]", treatment: "hand_over" },
    ]);
  });

  test("an unreadable attachment removes neither the text nor the other attachment", () => {
    const attachments = [
      null,
      { type: "fallback" },
      { type: "image", payload: { url } },
      { type: "video", payload: 7 },
    ];
    expect(ofMessage({ attachments })).toMatchObject([
      {
        text: MESSAGE.text,
        media: [
          { kind: "image", ref: url },
          { kind: "video", ref: null },
        ],
      },
    ]);
  });
});

describe("an echo", () => {
  const said = { mid: "m_3", text: "We open at nine." };

  test.each([OWN_APP, Number(OWN_APP)])("an echo of our own app %j is ignored", (appId) => {
    expect(eventsOf(channel, fromPage({ ...said, app_id: appId }))).toEqual([
      { kind: "ignored", what: "echo" },
    ]);
  });

  test.each([INBOX_APP, String(INBOX_APP)])("an echo of another app %j is a reply of an agent", (appId) => {
    expect(eventsOf(channel, fromPage({ ...said, app_id: appId }))).toEqual([
      {
        kind: "agent_reply",
        providerMessageId: "m_3",
        to: CONTACT,
        text: "We open at nine.",
        providerTime: new Date(AT),
      },
    ]);
  });

  test("an echo without an app id may be ours or an agent's, so the ids of our sends decide", () => {
    for (const appId of [undefined, null])
      expect(eventsOf(channel, fromPage({ ...said, app_id: appId }))).toMatchObject([
        { kind: "agent_reply", providerMessageId: "m_3", to: CONTACT, mayBeOurs: true },
      ]);
  });

  test("an echo of a picture is a reply of an agent too, and a message of the page to itself is none", () => {
    const attachments = [{ type: "image", payload: { url: "https://cdn.example/p" } }];
    expect(eventsOf(channel, fromPage({ mid: "m_4", attachments }))).toMatchObject([
      { kind: "agent_reply", text: "", media: [{ kind: "image" }] },
    ]);
    const toItself = { ...fromPage(said), recipient: { id: PAGE } };
    expect(eventsOf(channel, toItself)).toEqual([{ kind: "ignored", what: "echo.to_itself" }]);
  });

  test("an echo in a conversation that the page's inbox has is a reply of an agent, and a message of the contact is not answered", () => {
    const standby = [fromPage({ ...said, app_id: INBOX_APP }), fromContact({ message: MESSAGE })];
    const parsed = parseWith(channel, [{ id: PAGE, time: AT, standby }]);
    expect(parsed).toMatchObject({
      events: [
        { kind: "agent_reply", to: CONTACT },
        { kind: "ignored", what: "standby" },
      ],
    });
  });

  test("is known by its sender as well", () => {
    expect(eventsOf(channel, fromPage({ ...said, is_echo: undefined, app_id: OWN_APP }))).toEqual([
      { kind: "ignored", what: "echo" },
    ]);
  });

  test("an echo of another app without a recipient is invalid", () => {
    const item = { ...fromPage({ ...said, app_id: INBOX_APP }), recipient: undefined };
    expect(eventsOf(channel, item)).toMatchObject([
      { kind: "invalid", problems: [{ field: "entry.0.messaging.0.recipient.id" }] },
    ]);
  });
});

describe("a postback", () => {
  const pressed = { title: "Talk to us", payload: "TALK" };
  const idOf = (fields: object, timestamp = AT) => {
    const [event] = eventsOf(channel, { ...fromContact({ postback: { ...pressed, ...fields } }), timestamp });
    return event?.kind === "message" ? event.providerMessageId : event;
  };

  test("is a message that says its title", () => {
    expect(eventsOf(channel, fromContact({ postback: { ...pressed, mid: "m_4" } }))).toEqual([
      {
        kind: "message",
        providerMessageId: "m_4",
        from: CONTACT,
        text: "Talk to us",
        origin: "press",
        media: [],
        providerTime: new Date(AT),
      },
    ]);
  });

  test("a postback without mid is identified by its sender, time and payload", () => {
    expect(idOf({})).toMatch(/^postback\.[0-9a-f]{64}$/);
    expect(idOf({})).toBe(idOf({}));
    expect(new Set([idOf({}), idOf({ payload: "OTHER" }), idOf({}, AT + 1)]).size).toBe(3);
  });

  test("a postback without mid and time is invalid, because a second press would have the same id", () => {
    const item = { ...fromContact({ postback: pressed }), timestamp: undefined };
    expect(eventsOf(channel, item)).toMatchObject([
      { kind: "invalid", problems: [{ field: "entry.0.messaging.0.timestamp" }] },
    ]);
  });

  test("a postback without a title has its payload in a placeholder", () => {
    expect(eventsOf(channel, fromContact({ postback: { payload: "GET_STARTED" } }))).toMatchObject([
      { kind: "message", text: "[button: GET_STARTED]" },
    ]);
  });
});

describe("a receipt", () => {
  const through = new Date(AT);

  test.each([
    ["delivery", "delivered"],
    ["read", "read"],
  ])("a receipt of kind %s is a watermark", (field, state) => {
    expect(eventsOf(channel, fromContact({ [field]: { watermark: AT } }))).toEqual([
      { kind: "watermark", from: CONTACT, state, through },
    ]);
  });

  test("a receipt that names messages is also a receipt for each of them", () => {
    const receipt = { kind: "receipt", state: "delivered", code: null, providerTime: through };
    expect(eventsOf(channel, fromContact({ delivery: { mids: ["m_5", "m_6"], watermark: AT } }))).toEqual([
      { ...receipt, providerId: "m_5" },
      { ...receipt, providerId: "m_6" },
      { kind: "watermark", from: CONTACT, state: "delivered", through },
    ]);
  });

  test.each([{}, { watermark: "soon" }, { watermark: AT * 1_000 }])(
    "a receipt with an invalid time is invalid: %j",
    (read) => {
      expect(eventsOf(channel, fromContact({ read }))).toMatchObject([
        { kind: "invalid", problems: [{ field: "entry.0.messaging.0.read.watermark" }] },
      ]);
    },
  );
});

describe("an edit", () => {
  const edit = { mid: "m_1", text: "Do you open on Monday?", num_edit: 1 };
  const idOf = (fields: object) => {
    const [event] = eventsOf(channel, fromContact({ message_edit: { ...edit, ...fields } }));
    return event?.kind === "edit" ? event.changeId : event;
  };

  test("names the message and its new text", () => {
    expect(eventsOf(channel, fromContact({ message_edit: edit }))).toEqual([
      {
        kind: "edit",
        changeId: expect.stringMatching(/^edit\.[0-9a-f]{64}$/),
        from: CONTACT,
        targetMessageId: "m_1",
        text: "Do you open on Monday?",
        providerTime: new Date(AT),
      },
    ]);
  });

  test("has the same id on every redelivery and another one than the next edit", () => {
    expect(idOf({})).toBe(idOf({ num_edit: "1" }));
    expect(idOf({})).not.toBe(idOf({ num_edit: 2 }));
    expect(idOf({ num_edit: undefined })).not.toBe(idOf({ num_edit: undefined, text: "Or Tuesday?" }));
  });

  test("an edit without a text or a sender is ignored", () => {
    expect(idOf({ text: undefined })).toEqual({ kind: "ignored", what: "edit_without_text" });
    expect(eventsOf(channel, { timestamp: AT, message_edit: { mid: "m_1", num_edit: 0 } })).toEqual([
      { kind: "ignored", what: "edit_without_sender" },
    ]);
  });
});

test("a cart is handed over with its goods and its note", () => {
  const products = [
    { name: "Brass bell", quantity: 2, unit_price: 12.5, currency: "EUR" },
    { retailer_id: "pump" },
  ];
  expect(eventsOf(channel, fromContact({ order: { products, note: "Please ring twice" } }))).toMatchObject([
    {
      kind: "message",
      text: "[order: 2 x Brass bell at 12.5 EUR, ? x pump]\nPlease ring twice",
      treatment: "hand_over",
    },
  ]);
  expect(eventsOf(channel, fromContact({ form_id: "77" }))).toMatchObject([
    { kind: "message", text: "[form: 77]", treatment: "hand_over" },
  ]);
});

test.each([
  ["reaction", { reaction: { mid: "m_1", action: "react", emoji: "🙂" } }],
  ["optin", { optin: { ref: "x" }, sender: undefined }],
  ["referral", { referral: { source: "ADS" } }],
  ["take_thread_control", { take_thread_control: {} }],
  ["item.hologram", { hologram: {} }],
  ["item.empty", {}],
  ["echo", { sender: { id: PAGE }, read: { watermark: AT } }],
])("an unsupported event is ignored as %s", (what, fields) => {
  expect(eventsOf(channel, fromContact(fields))).toEqual([{ kind: "ignored", what }]);
});

describe("a body", () => {
  test("may hold many messages, and a bad one sinks no other", () => {
    const item = (mid: unknown) => fromContact({ message: { mid, text: "Hi" } });
    const other = { id: "another-page", messaging: [item("m_9")] };
    const parsed = parseWith(channel, [
      { id: PAGE, messaging: [item("m_1"), 7, item(7), item("m_2")] },
      null,
      other,
    ]);
    expect(parsed).toMatchObject({
      ok: true,
      events: [
        { kind: "message", providerMessageId: "m_1" },
        { kind: "invalid", problems: [{ field: "entry.0.messaging.1" }] },
        { kind: "invalid", problems: [{ field: "entry.0.messaging.2.message.mid" }] },
        { kind: "message", providerMessageId: "m_2" },
        { kind: "invalid", problems: [{ field: "entry.1" }] },
      ],
      otherAccounts: [
        { externalId: "another-page", events: [{ kind: "message", providerMessageId: "m_9" }] },
      ],
    });
  });

  test("a body of another app's threads, of page posts or of unknown lists is ignored by name", () => {
    const standby = [fromContact({ message: MESSAGE })];
    const changes = [{ field: "feed", value: {} }, {}];
    expect(parseWith(channel, [{ id: PAGE, standby, changes, messaging_handovers: [{}] }])).toEqual({
      ok: true,
      events: ["field.feed", "entry.changes", "standby", "entry.messaging_handovers"].map((what) => ({
        kind: "ignored",
        what,
      })),
    });
  });

  test("a body for any page is accepted when the account names no page", () => {
    const parsed = parseWith(channel, [{ id: "x", messaging: [fromContact({ message: MESSAGE })] }], {
      ...ACCOUNT,
      externalId: null,
    });
    expect(parsed).toMatchObject({ events: [{ kind: "message" }] });
  });

  test.each([
    ["no JSON", "{", "(body)"],
    ["another product's", '{"object":"instagram","entry":[]}', "object"],
    ["without entries", '{"object":"page"}', "entry"],
  ])("a body that is %s is rejected", (_what, body, field) => {
    const parsed = channel.parse(sampleRequest({ rawBody: Buffer.from(body) }), ACCOUNT);
    expect(parsed).toMatchObject({ ok: false, problems: [{ field }] });
  });

  test("any JSON body is parsed without an exception, and every name fits a counter", () => {
    const key = fc.constantFrom(
      "message",
      "postback",
      "message_edit",
      "delivery",
      "read",
      "sender",
      "id",
      "mid",
      "x-y é",
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 4 }), (messaging) => {
        for (const event of eventsOf(channel, ...messaging)) {
          if (event.kind === "ignored") expect(event.what).toMatch(/^[\w.]{1,64}$/);
          if (event.kind === "message") expect(event.providerMessageId.length).toBeLessThanOrEqual(256);
        }
      }),
    );
  });
});
