import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InboundEvent } from "../../../../api/channels/channel.ts";
import { whatsapp } from "../../../../api/channels/whatsapp.ts";
import { signMetaBody } from "../../../../infra/runtime/signatures/meta-signature.ts";
import { NOW, sampleRequest } from "../../../support/channels/samples.ts";
import {
  ACCOUNT,
  AT,
  change,
  entry,
  eventOf,
  eventsOf,
  message,
  OTHER_NUMBER,
  parseEntries,
  CONTACT,
  status,
  USER_ID,
} from "./whatsapp-samples.ts";

const expectIgnored = (what: string) => ({ kind: "ignored", what });
const invalidAt = (field: string) => ({ kind: "invalid", problems: [{ field }] });
const MESSAGE = "entry.0.changes.0.value.messages.0";

describe("the edge", () => {
  const rawBody = Buffer.from('{"object":"whatsapp_business_account","entry":[]}');
  const signedWith = (secret: string) =>
    sampleRequest({ rawBody, headers: { "x-hub-signature-256": signMetaBody({ rawBody, secret }) } });
  const rotating = { ...ACCOUNT, secrets: { inbound: ["new", "old"], outbound: [] } };

  test("takes a body that the current or the previous app secret signed, and no other", () => {
    expect(whatsapp.verify(signedWith("new"), rotating)).toEqual({ ok: true, secretIndex: 0 });
    expect(whatsapp.verify(signedWith("old"), rotating)).toEqual({ ok: true, secretIndex: 1 });
    expect(whatsapp.verify(signedWith("older"), rotating)).toMatchObject({ code: "signature_invalid" });
  });

  test("names a signature that is missing or repeated", () => {
    const signature = signMetaBody({ rawBody, secret: "new" });
    const repeated = sampleRequest({ rawBody, headers: { "x-hub-signature-256": [signature, signature] } });
    expect(whatsapp.verify(sampleRequest({ rawBody }), rotating)).toMatchObject({
      code: "signature_missing",
    });
    expect(whatsapp.verify(repeated, rotating)).toMatchObject({ code: "header_repeated" });
  });

  test.each([
    ["hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=1158201444", "1158201444"],
    ["hub.mode=subscribe&hub.verify_token=guess&hub.challenge=1158201444", null],
    ["hub.mode=subscribe&hub.verify_token=&hub.challenge=1158201444", null],
    ["hub.mode=unsubscribe&hub.verify_token=verify-me&hub.challenge=1158201444", null],
    ["hub.mode=subscribe&hub.verify_token=verify-me", null],
    ["", null],
  ])("answers the handshake %j with %j", (query, challenge) => {
    const account = { ...ACCOUNT, secrets: { ...ACCOUNT.secrets, handshake: "verify-me" } };
    const answer = whatsapp.handshake?.(sampleRequest({ url: `https://chat.example/x?${query}` }), account);
    expect(answer?.body ?? null).toBe(challenge);
    if (challenge !== null) expect(answer).toMatchObject({ status: 200, contentType: "text/plain" });
  });

  test("answers no handshake where the account has no verify token", () => {
    const url = "https://chat.example/x?hub.mode=subscribe&hub.verify_token=&hub.challenge=1";
    expect(whatsapp.handshake?.(sampleRequest({ url }), ACCOUNT)).toBeNull();
  });
});

describe("a message", () => {
  test("is read with its contact, id and time", () => {
    expect(eventsOf({ messages: [message()] })).toEqual([
      {
        kind: "message",
        providerMessageId: "wamid.in-1",
        from: CONTACT,
        text: "Do you open on Sunday?",
        origin: "typed",
        media: [],
        providerTime: AT,
      },
    ]);
  });

  test("an answer to a message and a message from an ad are ordinary messages", () => {
    const referral = { source_type: "ad", headline: "Bikes", body: "Our new bikes" };
    for (const fields of [{ context: { from: "15550783881", id: "wamid.out-1" } }, { referral }])
      expect(eventOf(fields)).toMatchObject({ kind: "message", text: "Do you open on Sunday?" });
  });

  test.each([{ forwarded: true }, { frequently_forwarded: true }])(
    "that the contact passed on is marked: %j",
    (context) => {
      const text = "[forwarded message]\nDo you open on Sunday?";
      expect(eventOf({ context })).toMatchObject({ text, origin: "forward" });
    },
  );

  test("that passes on a file without words stays without words, so that it is explained", () => {
    const image = { id: "1", mime_type: "image/jpeg" };
    const event = eventOf({ type: "image", text: undefined, image, context: { forwarded: true } });
    expect(event).toMatchObject({ text: "", origin: "caption" });
  });

  test("has U+FFFD in place of what the stores do not take", () => {
    expect(eventOf({ text: { body: "a\0b\uD83D" } })).toMatchObject({ text: "a\uFFFDb\uFFFD" });
  });

  test.each([undefined, null, 1_767_348_000, "soon", "-1", "1e9", "1767348000000", "99999999999"])(
    "has no time where Meta says %j",
    (timestamp) => {
      expect(eventOf({ timestamp })).toMatchObject({ kind: "message", providerTime: null });
    },
  );

  test.each([
    ["no id", { id: undefined }, "id"],
    ["an empty id", { id: "" }, "id"],
    ["an id of 257 characters", { id: "w".repeat(257) }, "id"],
    ["NUL in its id", { id: "wamid.\0" }, "id"],
    ["no type", { type: undefined }, "type"],
    ["no sender", { from: undefined }, "from"],
    ["a text that is none", { text: { body: 7 } }, "text.body"],
    ["no text at all", { text: undefined }, "text"],
  ])("an event with %s is invalid, and the problem names the field", (_what, fields, field) => {
    expect(eventOf(fields)).toMatchObject(invalidAt(`${MESSAGE}.${field}`));
  });

  test.each([
    ["of the business itself", { from: "15550783881" }, "echo"],
    ["of a group", { group_id: "Y2FwaV9ncm91cA==" }, "group_message"],
  ])("%s is ignored", (_what, fields, what) => {
    expect(eventOf(fields)).toEqual(expectIgnored(what));
  });

  test("a message without a group, or with a null group, is a message", () => {
    expect(eventOf({ group_id: null })).toMatchObject({ kind: "message" });
  });
});

describe("a kind of message:", () => {
  const contentOf = (type: string, content: unknown) => eventOf({ type, text: undefined, [type]: content });
  const file = { id: "1003383421387256", mime_type: "image/jpeg", sha256: "x", url: "https://cdn.example/x" };

  test.each(["image", "video", "audio", "document", "sticker"] as const)("%s is media", (kind) => {
    expect(contentOf(kind, file)).toMatchObject({
      kind: "message",
      text: "",
      media: [{ kind, contentType: "image/jpeg", ref: file.id, name: null }],
    });
  });

  test("a caption and its picture are one message", () => {
    expect(contentOf("image", { ...file, caption: "Is this yours?" })).toMatchObject({
      text: "Is this yours?",
      media: [{ kind: "image" }],
    });
  });

  test("a document has its file's name, a voice message is audio", () => {
    expect(contentOf("document", { ...file, filename: "offer.pdf" })).toMatchObject({
      media: [{ kind: "document", name: "offer.pdf" }],
    });
    expect(contentOf("audio", { ...file, voice: true })).toMatchObject({ media: [{ kind: "audio" }] });
  });

  test("media without an id cannot be fetched", () => {
    expect(contentOf("image", { ...file, id: undefined })).toMatchObject(invalidAt(`${MESSAGE}.image.id`));
    expect(contentOf("image", undefined)).toMatchObject(invalidAt(`${MESSAGE}.image`));
  });

  test("a place is a reference", () => {
    expect(contentOf("location", { latitude: 48.2, longitude: 16.37, name: "Office" })).toMatchObject({
      media: [{ kind: "location", ref: "geo:48.2,16.37", name: "Office" }],
    });
    expect(contentOf("location", { latitude: "48.2", longitude: 16.37 })).toMatchObject(
      invalidAt(`${MESSAGE}.location.latitude`),
    );
  });

  test("contacts are named, also one that cannot be read", () => {
    const ada = { name: { formatted_name: "Ada Lovelace" }, phones: [] };
    expect(contentOf("contacts", [ada, 7])).toMatchObject({
      media: [
        { kind: "contact", name: "Ada Lovelace" },
        { kind: "contact", name: null },
      ],
    });
  });

  test.each([
    [
      "a pressed button",
      "interactive",
      { type: "button_reply", button_reply: { id: "1", title: "Yes" } },
      "Yes",
    ],
    ["a chosen row", "interactive", { type: "list_reply", list_reply: { id: "1", title: "Blue" } }, "Blue"],
    ["a template's button", "button", { payload: "p", text: "Call me" }, "Call me"],
  ])("%s says its title", (_what, type, content, text) => {
    expect(contentOf(type, content)).toMatchObject({ kind: "message", text });
  });

  test.each([
    ["a reaction", "reaction", { message_id: "wamid.out-1", emoji: "👍" }, "reaction"],
    ["a reaction that was removed", "reaction", { message_id: "wamid.out-1" }, "reaction"],
    ["a change of number", "system", { body: "changed", type: "user_changed_number" }, "system"],
    ["the opening of a chat", "request_welcome", undefined, "request_welcome"],
    ["a pin", "unsupported", { type: "pin" }, "unsupported.pin"],
    [
      "a permission to call",
      "interactive",
      { type: "call_permission_reply" },
      "interactive.call_permission_reply",
    ],
  ])("%s is ignored by its name", (_what, type, content, what) => {
    expect(contentOf(type, content)).toEqual(expectIgnored(what));
  });

  test.each([
    ["what the API does not hand out", "unsupported", undefined, "[unsupported message]"],
    ["a poll", "unsupported", { type: "poll_creation" }, "[unsupported message: poll_creation]"],
    ["a kind yet unknown", "hologram", {}, "[unknown message: hologram]"],
    ["a kind with a name of JavaScript's own", "constructor", {}, "[unknown message: constructor]"],
    ["an interactive message without its content", "interactive", undefined, "[choice]"],
    ["an interactive kind yet unknown", "interactive", { type: "hologram" }, "[choice: hologram]"],
  ])("%s has a placeholder and is explained", (_what, type, content, text) => {
    expect(contentOf(type, content)).toMatchObject({ kind: "message", text, treatment: "explain" });
  });

  test.each([
    [
      "a cart",
      "order",
      {
        catalog_id: "1",
        text: "Please ring twice",
        product_items: [
          { product_retailer_id: "bell-1", quantity: 2, item_price: 12.5, currency: "EUR" },
          { product_retailer_id: "pump", quantity: 1 },
        ],
      },
      "[order: 2 x bell-1 at 12.5 EUR, 1 x pump]\nPlease ring twice",
    ],
    ["a cart of an unknown shape", "order", 7, "[order]"],
    [
      "a form without an answer",
      "interactive",
      { type: "nfm_reply", nfm_reply: { name: "flow", body: "Sent", response_json: '{"flow_token":"x"}' } },
      "[form]",
    ],
    ["a form of an unknown shape", "interactive", { type: "nfm_reply" }, "[form]"],
  ])("%s is handed over with a placeholder", (_what, type, content, text) => {
    expect(contentOf(type, content)).toMatchObject({ kind: "message", text, treatment: "hand_over" });
  });

  test("a form holds the answers of the contact, and not the token of the form", () => {
    const json = JSON.stringify({
      day: "Friday",
      parts: ["bell", "pump"],
      who: { name: "Ada" },
      flow_token: "t",
    });
    const form = { type: "nfm_reply", nfm_reply: { name: "booking", body: "Sent", response_json: json } };
    const event = contentOf("interactive", form);
    expect(event).toMatchObject({
      kind: "message",
      text: "[form: booking]\nday: Friday\nparts: bell, pump\nwho name: Ada",
    });
    expect(event).not.toHaveProperty("treatment");
  });
});

describe("a contact", () => {
  const other = "15550100999";

  test("goes by the business-scoped user id where there is one, byte for byte, and the number is an alias", () => {
    expect(eventOf({ from_user_id: USER_ID })).toMatchObject({ from: USER_ID, aliases: [CONTACT] });
    expect(eventOf({ from_user_id: "DE.ENT.aB3" })).toMatchObject({ from: "DE.ENT.aB3", aliases: [CONTACT] });
  });

  test.each([undefined, null, ""])("a contact who hides the number (%j) has only the user id", (from) => {
    const event = eventOf({ from, from_user_id: USER_ID });
    expect(event).toMatchObject({ kind: "message", from: USER_ID });
    expect(event).not.toHaveProperty("aliases");
  });

  test("uses only the number if there is no user id, or an invalid one", () => {
    for (const userId of [undefined, null, "", "us.1", "US.", "US.a-b", `US.${"a".repeat(129)}`]) {
      const event = eventOf({ from_user_id: userId });
      expect(event).toMatchObject({ kind: "message", from: CONTACT });
      expect(event).not.toHaveProperty("aliases");
    }
  });

  test("a contact with both ids only in the contacts list has both ids", () => {
    const contacts = [
      { profile: { name: "Bob" }, wa_id: other, user_id: "US.bob" },
      { profile: { name: "Ada" }, wa_id: CONTACT, user_id: USER_ID },
      7,
    ];
    expect(eventOf({}, { contacts })).toMatchObject({ from: USER_ID, aliases: [CONTACT] });
    expect(eventOf({ from: undefined, from_user_id: USER_ID }, { contacts })).toMatchObject({
      from: USER_ID,
      aliases: [CONTACT],
    });
  });

  test("uses nothing from the data of another contact", () => {
    const event = eventOf({}, { contacts: [{ wa_id: other, user_id: USER_ID }] });
    expect(event).toMatchObject({ from: CONTACT });
    expect(event).not.toHaveProperty("aliases");
  });

  test("a contact without any address is invalid", () => {
    expect(eventOf({ from: undefined, from_user_id: "nobody" })).toMatchObject(invalidAt(`${MESSAGE}.from`));
  });
});

describe("a change of a message:", () => {
  const edit = { original_message_id: "wamid.in-0", message: { type: "text", text: { body: "On Monday?" } } };
  const edited = { id: "wamid.edit-1", type: "edit", text: undefined, edit };
  const revoked = { id: "wamid.revoke-1", type: "revoke", text: undefined };

  test("an edit names the message and its new text", () => {
    expect(eventOf({ ...edited, from_user_id: USER_ID })).toEqual({
      kind: "edit",
      changeId: "wamid.edit-1",
      from: USER_ID,
      aliases: [CONTACT],
      targetMessageId: "wamid.in-0",
      text: "On Monday?",
      providerTime: AT,
    });
  });

  test("an edited caption is the new text", () => {
    const image = { id: "1", mime_type: "image/png", caption: "Mine" };
    expect(eventOf({ ...edited, edit: { ...edit, message: { type: "image", image } } })).toMatchObject({
      kind: "edit",
      text: "Mine",
    });
  });

  test("a revoke names the message that was taken back", () => {
    expect(eventOf({ ...revoked, revoke: { original_message_id: "wamid.in-0" } })).toEqual({
      kind: "delete",
      changeId: "wamid.revoke-1",
      from: CONTACT,
      targetMessageId: "wamid.in-0",
      text: "",
      providerTime: AT,
    });
  });

  test("one of an unknown shape is ignored", () => {
    expect(eventOf({ ...edited, edit: {} })).toEqual(expectIgnored("edit"));
    expect(eventOf({ ...edited, edit: { ...edit, message: { type: "reaction" } } })).toEqual(
      expectIgnored("edit"),
    );
    expect(eventOf({ ...revoked, revoke: 7 })).toEqual(expectIgnored("revoke"));
  });
});

describe("a status", () => {
  test.each(["sent", "delivered", "read"])("%s is a receipt", (state) => {
    expect(eventsOf({ statuses: [status({ status: state })] })).toEqual([
      { kind: "receipt", providerId: "wamid.out-1", state, code: null, providerTime: AT },
    ]);
  });

  test.each([
    [[{ code: 131047, title: "Re-engagement message" }], "131047"],
    [[{ code: "131026" }], "131026"],
    [[{ title: "no code" }], null],
    [[], null],
    [undefined, null],
    ["x", null],
  ])("a failed status with the errors %j has the code %j", (errors, code) => {
    expect(eventsOf({ statuses: [status({ status: "failed", errors })] })).toMatchObject([
      { kind: "receipt", state: "failed", code },
    ]);
  });

  test("gives our delivery's id back, where we gave one along", () => {
    const deliveryId = "6a1c7bb0-6a5e-4d59-9a37-0f6a52b7c9d1";
    expect(eventsOf({ statuses: [status({ biz_opaque_callback_data: deliveryId })] })).toMatchObject([
      { kind: "receipt", providerId: "wamid.out-1", deliveryId },
    ]);
  });

  test.each(["campaign 7", "", 7, null, "6A1C7BB0"])(
    "is a receipt without a delivery's id where another system's %j comes back",
    (data) => {
      const [receipt] = eventsOf({ statuses: [status({ biz_opaque_callback_data: data })] });
      expect(receipt).toMatchObject({ kind: "receipt" });
      expect(receipt).not.toHaveProperty("deliveryId");
    },
  );

  test.each(["deleted", "warning", "played"])("%s is ignored by its name", (state) => {
    expect(eventsOf({ statuses: [status({ status: state })] })).toEqual([expectIgnored(`status.${state}`)]);
  });

  test("an unknown state is counted with all others of that kind", () => {
    expect(eventsOf({ statuses: [status({ status: "constructor" })] })).toEqual([
      expectIgnored("status.other"),
    ]);
  });

  test.each([
    ["no id", { id: undefined }, "id"],
    ["no state", { status: undefined }, "status"],
  ])("an event with %s is invalid, and the problem names the field", (_what, fields, field) => {
    expect(eventsOf({ statuses: [status(fields)] })).toMatchObject([
      invalidAt(`entry.0.changes.0.value.statuses.0.${field}`),
    ]);
  });
});

describe("an answer from the business's own app", () => {
  const echo = { ...message({ from: "15550783881", id: "wamid.echo-1" }), to: CONTACT };
  const echoes = (...list: unknown[]) => {
    const { value } = change({ message_echoes: list });
    const parsed = parseEntries([entry({ field: "smb_message_echoes", value })]);
    return parsed.ok ? parsed.events : [];
  };

  test("an echo of the business's app is a reply of an agent and silences the assistant", () => {
    expect(echoes(echo)).toEqual([
      {
        kind: "agent_reply",
        providerMessageId: "wamid.echo-1",
        to: CONTACT,
        text: "Do you open on Sunday?",
        providerTime: AT,
      },
    ]);
  });

  test("may be a picture; a reaction is no reply", () => {
    const picture = { ...echo, type: "image", image: { id: "1", caption: "Ours" } };
    const reaction = { ...echo, type: "reaction", reaction: { message_id: "x", emoji: "👍" } };
    expect(echoes(picture, reaction)).toMatchObject([
      { kind: "agent_reply", text: "Ours" },
      expectIgnored("echo.reaction"),
    ]);
  });

  test("an echo of content that we cannot read silences the assistant too; a change of an earlier message does not", () => {
    const unsupported = { ...echo, type: "unsupported", errors: [] };
    const broken = { ...echo, type: "image", image: 7 };
    const edit = { ...echo, type: "edit", edit: { original_message_id: "x", message: {} } };
    const revoke = { ...echo, type: "revoke", revoke: { original_message_id: "x" } };
    expect(echoes(unsupported, broken, { ...echo, type: "something_new" }, edit, revoke)).toMatchObject([
      { kind: "agent_reply", to: CONTACT },
      { kind: "agent_reply", to: CONTACT },
      { kind: "agent_reply", to: CONTACT },
      expectIgnored("echo.edit"),
      expectIgnored("echo.revoke"),
    ]);
  });

  test("an echo to a contact without a phone number names the business-scoped id, and one in a group no contact", () => {
    expect(echoes({ ...echo, to: undefined, to_user_id: "US.1a2B3c" })).toMatchObject([
      { kind: "agent_reply", to: "US.1a2B3c" },
    ]);
    expect(echoes({ ...echo, to_user_id: "US.1a2B3c" })).toMatchObject([
      { to: "US.1a2B3c", aliases: [CONTACT] },
    ]);
    expect(echoes({ ...echo, group_id: "g1" })).toEqual([expectIgnored("echo.group_message")]);
  });

  test("an echo without a recipient is invalid and does not affect other events", () => {
    expect(echoes({ ...echo, to: undefined }, echo)).toMatchObject([
      invalidAt("entry.0.changes.0.value.message_echoes.0.to"),
      { kind: "agent_reply" },
    ]);
  });
});

describe("a body", () => {
  test("a body of two numbers has an outcome for each of five messages and four receipts", () => {
    const messages = (...ids: string[]) => ids.map((id) => message({ id }));
    const statuses = (...ids: string[]) => ids.map((id) => status({ id }));
    const parsed = parseEntries([
      entry(change({ messages: messages("a", "b"), statuses: statuses("1", "2", "3") })),
      entry(
        change({ messages: messages("c") }),
        change({ messages: messages("d", "e"), statuses: statuses("4") }, OTHER_NUMBER),
      ),
    ]);
    const summariseEvents = (events: readonly InboundEvent[]) =>
      events.map((event) => {
        if (event.kind === "message") return event.providerMessageId;
        return event.kind === "receipt" ? event.providerId : event.kind;
      });
    if (!parsed.ok) throw new Error("The body was refused.");
    expect(summariseEvents(parsed.events)).toEqual(["a", "b", "1", "2", "3", "c"]);
    expect(
      parsed.otherAccounts?.map(({ externalId, events }) => [externalId, summariseEvents(events)]),
    ).toEqual([[OTHER_NUMBER, ["d", "e", "4"]]]);
  });

  test("a body for any number is accepted when the account names no number", () => {
    const parsed = parseEntries([entry(change({ messages: [message()] }, OTHER_NUMBER))], {
      ...ACCOUNT,
      externalId: null,
    });
    expect(parsed).toMatchObject({ ok: true, events: [{ kind: "message" }] });
    expect(parsed).not.toHaveProperty("others");
  });

  test("loses no event because of an invalid one in the same body", () => {
    const parsed = parseEntries([
      null,
      entry(
        7,
        { field: "messages", value: null },
        { field: "messages", value: { metadata: {} } },
        change({ messages: 7 }),
        change({ messages: [null, message({ id: 7 }), message()], statuses: ["x", status()] }),
      ),
      { id: "1", changes: "x" },
    ]);
    expect(parsed).toMatchObject({
      ok: true,
      events: [
        invalidAt("entry.0"),
        invalidAt("entry.1.changes.0"),
        invalidAt("entry.1.changes.1.value"),
        invalidAt("entry.1.changes.2.value.metadata.phone_number_id"),
        invalidAt("entry.1.changes.3.value.messages"),
        invalidAt("entry.1.changes.4.value.messages.0"),
        invalidAt("entry.1.changes.4.value.messages.1.id"),
        { kind: "message" },
        invalidAt("entry.1.changes.4.value.statuses.0"),
        { kind: "receipt" },
        invalidAt("entry.2.changes"),
      ],
    });
  });

  test.each(["message_template_status_update", "account_update", "user_preferences", "smb_app_state_sync"])(
    "a body about %s is ignored by the field's name",
    (field) => {
      const value = { user_preferences: [{ wa_id: CONTACT, category: "marketing_messages", value: "stop" }] };
      expect(parseEntries([entry({ field, value })])).toEqual({
        ok: true,
        events: [expectIgnored(`field.${field}`)],
      });
    },
  );

  test("a body about an unknown field is counted with all others of that kind", () => {
    expect(parseEntries([entry({ field: "hologram_update", value: {} })])).toEqual({
      ok: true,
      events: [expectIgnored("field.other")],
    });
  });

  test("can report errors that belong to no message", () => {
    const errors = [{ code: 131051, title: "Message type unknown" }];
    expect(eventsOf({ errors })).toEqual([expectIgnored("value_error")]);
    expect(eventsOf({ messages: [message({ type: "reaction", text: undefined })], errors })).toEqual([
      expectIgnored("reaction"),
      expectIgnored("value_error"),
    ]);
  });

  test("can contain unknown fields", () => {
    expect(eventsOf({ messages: [message({ hologram: {} })], tarot: [1] })).toMatchObject([
      { kind: "message" },
    ]);
  });

  test.each([
    ["no JSON", "{", "(body)"],
    ["not UTF-8", Buffer.from([0x7b, 0xff]), "(body)"],
    ["another product's", '{"object":"page","entry":[]}', "object"],
    ["without entries", '{"object":"whatsapp_business_account"}', "entry"],
  ])("a body that is %s is rejected", (_what, body, field) => {
    const parsed = whatsapp.parse(sampleRequest({ rawBody: Buffer.from(body as string) }), ACCOUNT);
    expect(parsed).toMatchObject({ ok: false, problems: [{ field }] });
  });
});

const FIELD_NAMES =
  `id type from from_user_id timestamp text body image interactive edit revoke original_message_id message
  status errors code wa_id user_id to biz_opaque_callback_data __proto__ constructor x-y`.split(/\s+/);

/** Trees in which the field names of the format come up, with values of any shape. */
const anything = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...FIELD_NAMES), tie("tree"), { maxKeys: 5 }),
  ),
})).tree;

test("any JSON is read without an error, and every name, id and time fits where it is kept", () => {
  const lists = fc.record({
    messages: fc.array(anything, { maxLength: 3 }),
    statuses: fc.array(anything, { maxLength: 3 }),
    contacts: anything,
  });
  fc.assert(
    fc.property(lists, anything, (value, other) => {
      const parsed = parseEntries([entry(change(value), other), other]);
      if (!parsed.ok) throw new Error("The body was refused.");
      for (const event of parsed.events) {
        if (event.kind === "ignored") expect(event.what).toMatch(/^[\w.]{1,64}$/);
        if (event.kind === "message") expect(event.providerMessageId.length).toBeLessThanOrEqual(256);
        if ("providerTime" in event && event.providerTime instanceof Date)
          expect(event.providerTime.getTime()).toBeLessThanOrEqual(NOW.getTime() + 86_400_000);
      }
    }),
    { numRuns: 500 },
  );
});

test("every valid message of a mixed list is accepted, in order", () => {
  const bad = fc.constantFrom<unknown>(null, 7, {}, message({ id: "" }), message({ from: undefined }));
  const item = fc.oneof(fc.nat().map(String), bad);
  fc.assert(
    fc.property(fc.array(item, { maxLength: 20 }), (items) => {
      const messages = items.map((value) =>
        typeof value === "string" ? message({ id: `wamid.${value}` }) : value,
      );
      const events = eventsOf({ messages });
      expect(events).toHaveLength(items.length);
      expect(events.flatMap((event) => (event.kind === "message" ? [event.providerMessageId] : []))).toEqual(
        items.flatMap((value) => (typeof value === "string" ? [`wamid.${value}`] : [])),
      );
    }),
  );
});

describe("a call", () => {
  const call = (fields: object) => ({ id: "wacid.1", from: CONTACT, timestamp: "1767348000", ...fields });

  test("asks an agent to join where the contact calls", () => {
    expect(eventsOf({ calls: [call({ event: "connect", direction: "USER_INITIATED" })] })).toMatchObject([
      {
        kind: "message",
        providerMessageId: "wacid.1",
        from: CONTACT,
        text: "[call]",
        treatment: "hand_over",
      },
    ]);
  });

  test.each([
    ["calls.terminate", { event: "terminate" }],
    ["calls.own", { event: "connect", direction: "BUSINESS_INITIATED" }],
    ["calls.other", { event: "hold" }],
  ])("is ignored as %s", (what, fields) => {
    expect(eventsOf({ calls: [call(fields)] })).toEqual([expectIgnored(what)]);
  });
});
