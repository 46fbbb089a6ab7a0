import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { telegram } from "../../../../api/channels/telegram.ts";
import { NOW, sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";

const BOT = 7_000_000_001;
const ACCOUNT = sampleAccount({
  channel: "telegram",
  address: String(BOT),
  externalId: String(BOT),
  secrets: { inbound: ["new-secret", "old-secret"], outbound: ["7000000001:token"] },
});
// More than 32 bits, like the ids of new users.
const CONTACT = { id: 6_100_200_300, is_bot: false, first_name: "Ada", language_code: "en" };
const PRIVATE = { id: CONTACT.id, type: "private", first_name: "Ada" };
const GROUP = { id: -1_001_234_567_890, type: "supergroup", title: "Garden club" };
/** In a group a command is for every bot. */
const COMMAND = { text: "/open today?", entities: [{ type: "bot_command", offset: 0, length: 5 }] };
/** Ten seconds before NOW. */
const DATE = 1_767_348_000;

const parseText = (body: string | Buffer) =>
  telegram.parse(sampleRequest({ rawBody: Buffer.from(body as string) }), ACCOUNT);
const parse = (update: object) => parseText(JSON.stringify({ update_id: 900, ...update }));
const buildBareMessage = (fields: object = {}) => ({
  message_id: 41,
  date: DATE,
  chat: PRIVATE,
  from: CONTACT,
  ...fields,
});
const message = (fields: object = {}) => buildBareMessage({ text: "Are you open today?", ...fields });

function eventOf(update: object) {
  const parsed = parse(update);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.events).toHaveLength(1);
  return parsed.events[0];
}

describe("a forwarded message", () => {
  const forwardStop = (origin: object) =>
    eventOf({ message: message({ text: "STOP", forward_origin: origin }) });

  test.each([
    ["another user", { type: "user", sender_user: { id: 8, is_bot: false, first_name: "Bea" } }, ": Bea"],
    ["a user who hides their account", { type: "hidden_user", sender_user_name: "Cy" }, ": Cy"],
    ["a group", { type: "chat", sender_chat: { id: -5, type: "group", title: "Club" } }, ": Club"],
    ["a channel", { type: "channel", chat: { id: -6, type: "channel", title: "News" } }, ": News"],
    ["a writer of a new kind", { type: "planet" }, ""],
  ])("of %s is marked with its writer", (_who, origin, name) => {
    const text = `[forwarded message${name}]\nSTOP`;
    expect(forwardStop(origin)).toMatchObject({ kind: "message", text, origin: "forward" });
  });

  test("of the contact themself is their own", () => {
    expect(forwardStop({ type: "user", sender_user: CONTACT })).toMatchObject({
      text: "STOP",
      origin: "typed",
    });
  });
});

describe("the secret token", () => {
  const verify = (token?: string | string[]) =>
    telegram.verify(sampleRequest({ headers: { "x-telegram-bot-api-secret-token": token } }), ACCOUNT);

  test("may be the current or the previous one, and no other", () => {
    expect(verify("new-secret")).toEqual({ ok: true, secretIndex: 0 });
    expect(verify("old-secret")).toEqual({ ok: true, secretIndex: 1 });
    expect(verify("other")).toMatchObject({ ok: false, code: "signature_invalid" });
  });

  test("must be there, once", () => {
    expect(verify()).toMatchObject({ code: "signature_missing" });
    expect(verify("")).toMatchObject({ code: "signature_missing" });
    expect(verify(["new-secret", "new-secret"])).toMatchObject({ code: "header_repeated" });
  });

  test("is not shown where it does not match", () => {
    expect(JSON.stringify(verify("guess"))).not.toMatch(/guess|new-secret|old-secret/);
  });
});

describe("a message", () => {
  test("a message in a private chat belongs to the contact, and its id contains the chat id", () => {
    expect(eventOf({ message: message() })).toEqual({
      kind: "message",
      providerMessageId: "6100200300:41",
      from: "6100200300",
      text: "Are you open today?",
      origin: "typed",
      providerTime: new Date("2026-01-02T10:00:00Z"),
      providerSequence: 41,
    });
  });

  test("a message in a group belongs to its author and to the group", () => {
    expect(eventOf({ message: message({ chat: GROUP, ...COMMAND }) })).toMatchObject({
      providerMessageId: "-1001234567890:41",
      from: "6100200300",
      thread: "-1001234567890",
    });
  });

  test("a message in a topic belongs to the topic", () => {
    const topic = { message_thread_id: 7, is_topic_message: true };
    expect(eventOf({ message: message({ chat: GROUP, ...COMMAND, ...topic }) })).toMatchObject({
      thread: "-1001234567890:7",
    });
    expect(eventOf({ message: message(topic) })).toMatchObject({ thread: "6100200300:7" });
  });

  test("a message in a chain of replies belongs to the group, because such a thread accepts no messages", () => {
    const fields = { chat: GROUP, ...COMMAND, message_thread_id: 7 };
    expect(eventOf({ message: message(fields) })).toMatchObject({
      thread: "-1001234567890",
    });
  });

  test("keeps a command as it was written", () => {
    expect(eventOf({ message: message({ text: "/start shop-42" }) })).toMatchObject({
      text: "/start shop-42",
    });
  });

  test("is stored as whole characters without NUL", () => {
    expect(eventOf({ message: message({ text: "a\0b\uD800" }) })).toMatchObject({ text: "a\uFFFDb\uFFFD" });
  });

  test.each([
    ["a day ahead", 1_767_348_010 + 86_400, new Date("2026-01-03T10:00:10Z")],
    ["more than a day ahead", 1_767_348_010 + 86_401, null],
    ["before 1970", -1, null],
    ["no number", "today", null],
    ["nothing", undefined, null],
  ])("a message with the date %s has the time %j", (_what, date, providerTime) => {
    expect(eventOf({ message: message({ date }) })).toMatchObject({ providerTime });
  });
});

describe("the content of a message apart from its text", () => {
  const file = { file_id: "file-1", file_unique_id: "u1" };
  const media = (kind: string, fields: object = {}) => ({
    kind,
    contentType: null,
    ref: "file-1",
    name: null,
    ...fields,
  });
  const photo = [
    { ...file, file_id: "small", width: 90, height: 60 },
    { ...file, file_id: "large", width: 1280, height: 853 },
    { ...file, file_id: "middle", width: 320, height: 213 },
  ];
  const place = { latitude: 52.5, longitude: 13.25 };

  test.each([
    ["its largest size", { photo }, media("image", { contentType: "image/jpeg", ref: "large" })],
    ["a video", { video: { ...file, mime_type: "video/mp4" } }, media("video", { contentType: "video/mp4" })],
    ["a round video", { video_note: file }, media("video", { contentType: "video/mp4" })],
    ["a voice", { voice: { ...file, mime_type: "audio/ogg" } }, media("audio", { contentType: "audio/ogg" })],
    ["a song", { audio: { ...file, file_name: "a.mp3" } }, media("audio", { name: "a.mp3" })],
    ["a document", { document: { ...file, file_name: "bill.pdf" } }, media("document", { name: "bill.pdf" })],
    ["an animation, once", { animation: file, document: file }, media("video")],
    ["a sticker", { sticker: { ...file, emoji: "🙂" } }, media("sticker")],
    ["a place", { location: place }, media("location", { ref: "geo:52.5,13.25" })],
    [
      "a venue, once",
      { location: place, venue: { location: place, title: "The Mill", address: "1 Mill Lane" } },
      media("location", { ref: "geo:52.5,13.25", name: "The Mill" }),
    ],
    [
      "a contact without the number",
      { contact: { first_name: "Bo", last_name: "Ek", phone_number: "+15005550009" } },
      media("contact", { ref: null, name: "Bo Ek" }),
    ],
  ])("is listed: %s", (_what, fields, expected) => {
    expect(eventOf({ message: buildBareMessage(fields) })).toMatchObject({ text: "", media: [expected] });
  });

  test("leaves the caption as its text, in an album too", () => {
    const event = eventOf({
      message: buildBareMessage({ photo, caption: "Is this it?", media_group_id: "9" }),
    });
    expect(event).toMatchObject({ kind: "message", text: "Is this it?", media: [{ ref: "large" }] });
  });

  test.each([
    ["photo", { photo: [] }],
    ["photo.0.file_id", { photo: [{ width: 1 }] }],
    ["voice.file_id", { voice: { file_id: "x".repeat(257) } }],
    ["document.file_id", { document: { file_id: "a\0" } }],
    ["location.latitude", { location: { longitude: 1 } }],
    ["caption", { photo, caption: 7 }],
  ])("makes the message invalid where %s is wrong", (field, fields) => {
    expect(eventOf({ message: buildBareMessage(fields) })).toMatchObject({
      kind: "invalid",
      problems: [{ field: `message.${field}` }],
    });
  });
});

describe("an edited message", () => {
  const buildEdit = (fields: object = {}) => message({ edit_date: DATE + 5, text: "Tomorrow?", ...fields });

  test("is an edit of the message with its new text", () => {
    expect(eventOf({ edited_message: buildEdit() })).toEqual({
      kind: "edit",
      changeId: "6100200300:41:1767348005",
      from: "6100200300",
      targetMessageId: "6100200300:41",
      text: "Tomorrow?",
      providerTime: new Date("2026-01-02T10:00:05Z"),
    });
  });

  test("names the conversation and the message by the same ids as the message did", () => {
    const topic = { chat: GROUP, ...COMMAND, message_thread_id: 7, is_topic_message: true };
    const [first, change] = [
      eventOf({ message: message(topic) }),
      eventOf({ edited_message: buildEdit(topic) }),
    ];
    expect(first).toMatchObject({ kind: "message" });
    expect(change).toMatchObject({
      targetMessageId: first?.kind === "message" && first.providerMessageId,
      from: first?.kind === "message" && first.from,
      thread: first?.kind === "message" && first.thread,
    });
  });

  test.each([
    ["edited_message.location", { text: undefined, location: { latitude: 1, longitude: 2 } }],
    ["edited_message.poll", { text: undefined, poll: {} }],
    ["bot_message", { from: { ...CONTACT, is_bot: true } }],
  ])("is ignored as %s", (what, fields) => {
    expect(eventOf({ edited_message: buildEdit(fields) })).toEqual({ kind: "ignored", what });
  });

  test("is invalid without the time of the edit", () => {
    expect(eventOf({ edited_message: buildEdit({ edit_date: undefined }) })).toMatchObject({
      kind: "invalid",
      problems: [{ field: "edited_message.edit_date" }],
    });
  });
});

describe("a change of the bot's membership", () => {
  const change = (status: string, chat: object = PRIVATE, user = BOT) => ({
    my_chat_member: {
      chat,
      from: CONTACT,
      date: DATE,
      old_chat_member: { status: "member", user: { id: user } },
      new_chat_member: { status, user: { id: user, is_bot: true } },
    },
  });

  test("is an opt-out if the contact blocked the bot, and an opt-in if the contact unblocked it", () => {
    const from = "6100200300";
    expect(eventOf(change("kicked"))).toEqual({
      kind: "consent",
      from,
      state: "opted_out",
      source: "blocked",
      providerTime: new Date(DATE * 1000),
    });
    expect(eventOf(change("member"))).toEqual({
      kind: "consent",
      from,
      state: "opted_in",
      source: "unblocked",
      endsOnly: "blocked",
      needsOptOut: true,
      providerTime: new Date(DATE * 1000),
    });
  });

  test.each([
    ["my_chat_member.group", change("kicked", GROUP)],
    ["my_chat_member.restricted", change("restricted")],
    ["my_chat_member.other", change("something_new")],
    ["other_account", change("kicked", PRIVATE, BOT + 1)],
  ])("is ignored as %s", (what, update) => {
    expect(eventOf(update)).toEqual({ kind: "ignored", what });
  });

  test("an unreadable change of the bot's membership is invalid", () => {
    expect(eventOf({ my_chat_member: { chat: PRIVATE } })).toMatchObject({
      kind: "invalid",
      problems: [{ field: "my_chat_member.new_chat_member" }],
    });
  });
});

describe("it gets no answer", () => {
  test.each([
    ["bot_message", { from: { ...CONTACT, is_bot: true } }],
    ["bot_message", { via_bot: { id: BOT, is_bot: true } }],
    ["sender_chat", { chat: GROUP, sender_chat: GROUP, from: { id: 1_087_968_824, is_bot: true } }],
    ["no_sender", { from: undefined }],
    ["chat.channel", { chat: { id: -1_009, type: "channel" } }],
    ["chat.other", { chat: { id: -1_009, type: "something_new" } }],
    ["message.new_chat_members", { chat: GROUP, text: undefined, new_chat_members: [CONTACT] }],
    ["message.passport_data", { text: undefined, passport_data: {} }],
  ])("no reply is made when the message is ignored as %s", (what, fields) => {
    expect(eventOf({ message: message(fields) })).toEqual({ kind: "ignored", what });
  });

  test("a message that a contact sends through another bot belongs to the contact", () => {
    expect(eventOf({ message: message({ via_bot: { id: 5, is_bot: true } }) })).toMatchObject({
      kind: "message",
    });
  });

  test.each([
    ["update.channel_post", { channel_post: message() }],
    ["update.inline_query", { inline_query: { id: "1" } }],
    ["update.message_reaction", { message_reaction: {} }],
    ["update.other", { "some-thing new": 1 }],
    ["update.other", { toString: {} }],
    ["update.none", {}],
  ])("no reply is made when the update is ignored as %s", (what, update) => {
    expect(eventOf(update)).toEqual({ kind: "ignored", what });
  });
});

describe("a chat of a business account", () => {
  const business = (fields: object = {}) =>
    message({ business_connection_id: "c1", text: "Are you open?", ...fields });

  test("has a conversation of its own with the contact", () => {
    expect(eventOf({ business_message: business() })).toMatchObject({
      kind: "message",
      providerMessageId: "c1:6100200300:41",
      from: "6100200300",
      thread: "business:c1",
      text: "Are you open?",
    });
  });

  test("is silent where an agent writes, and where a bot does", () => {
    const agent = { from: { id: 7_700, is_bot: false } };
    expect(eventOf({ business_message: business(agent) })).toMatchObject({
      kind: "agent_reply",
      to: "6100200300",
      thread: "business:c1",
      text: "Are you open?",
    });
    const file = { text: undefined, caption: "The menu", document: { file_id: "f1", file_name: "menu.pdf" } };
    expect(eventOf({ business_message: business({ ...agent, ...file }) })).toMatchObject({
      kind: "agent_reply",
      text: "The menu",
      media: [{ kind: "document", name: "menu.pdf" }],
    });
    expect(eventOf({ business_message: business({ ...agent, sender_business_bot: { id: BOT } }) })).toEqual({
      kind: "ignored",
      what: "business_message.bot_message",
    });
  });

  test("takes edits of the contact, and deletions of messages that were stored", () => {
    expect(eventOf({ edited_business_message: business({ edit_date: DATE + 5 }) })).toMatchObject({
      kind: "edit",
      targetMessageId: "c1:6100200300:41",
      thread: "business:c1",
    });
    const deleted = { business_connection_id: "c1", chat: PRIVATE, message_ids: [41] };
    expect(eventOf({ deleted_business_messages: deleted })).toMatchObject({
      kind: "delete",
      targetMessageId: "c1:6100200300:41",
      needsStoredMessage: true,
    });
  });
});

describe("content without words", () => {
  const content = (fields: object) => eventOf({ message: message({ text: undefined, ...fields }) });

  test.each([
    ["[poll: Which bell?]\n- Brass", { poll: { question: "Which bell?", options: [{ text: "Brass" }] } }],
    ["[checklist: Parts]\n- Bell", { checklist: { title: "Parts", tasks: [{ id: 1, text: "Bell" }] } }],
    ["[form: Order]\nsize: 42", { web_app_data: { button_text: "Order", data: '{"size":42}' } }],
    ["Are you open?", { rich_message: { blocks: [{ text: ["Are", { text: "you" }, "open?"] }] } }],
  ])("is answered by its words: %j", (text, fields) => {
    const event = content(fields);
    expect(event).toMatchObject({ kind: "message", text });
    expect(event).not.toHaveProperty("treatment");
  });

  test.each([
    ["[dice: 🎲 4]", { dice: { emoji: "🎲", value: 4 } }],
    ["[story]", { story: {} }],
    ["[unknown message]", { something_new: {} }],
  ])("is explained: %s", (text, fields) => {
    expect(content(fields)).toMatchObject({ kind: "message", text, treatment: "explain" });
  });

  test("of a payment is handed over", () => {
    const payment = { successful_payment: { currency: "EUR", total_amount: 1990 } };
    expect(content(payment)).toMatchObject({ kind: "message", treatment: "hand_over" });
  });
});

test("two messages that only the bot sees have two ids", () => {
  const hidden = (id: number) => eventOf({ message: message({ message_id: 0, ephemeral_message_id: id }) });
  expect(hidden(1)).not.toEqual(hidden(2));
});

describe("a pressed button", () => {
  const press = {
    id: "900",
    from: CONTACT,
    data: "hours",
    message: {
      ...message({ from: { id: BOT, is_bot: true } }),
      reply_markup: { inline_keyboard: [[{ text: "Opening hours", callback_data: "hours" }]] },
    },
  };

  test("says its label, and the response reports to Telegram that it was read", () => {
    const parsed = parse({ callback_query: press });
    expect(parsed).toMatchObject({
      ok: true,
      events: [
        { kind: "message", providerMessageId: "press:900", from: "6100200300", text: "Opening hours" },
      ],
      response: { body: '{"method":"answerCallbackQuery","callback_query_id":"900"}' },
    });
  });

  const pressIn = (fields: object) =>
    eventOf({ callback_query: { ...press, message: { ...press.message, ...fields } } });

  test("in a channel is no message, because a reply there would be public", () => {
    expect(pressIn({ chat: { id: -1_005, type: "channel" } })).toEqual({
      kind: "ignored",
      what: "chat.channel",
    });
  });

  test("in the chat of a business account belongs to that chat, unless the business pressed it", () => {
    const connection = { business_connection_id: "bc_1" };
    expect(pressIn({ ...connection, chat: { id: CONTACT.id, type: "private" } })).toMatchObject({
      kind: "message",
      thread: "business:bc_1",
    });
    expect(pressIn({ ...connection, chat: { id: CONTACT.id + 1, type: "private" } })).toMatchObject({
      kind: "ignored",
      what: "callback_query.own",
    });
  });

  test("without its label has its data in a placeholder", () => {
    expect(eventOf({ callback_query: { ...press, data: "other" } })).toMatchObject({
      text: "[button: other]",
    });
  });
});

test("a group with a new id moves its conversations, whichever chat says so first", () => {
  const move = { kind: "moved_thread", from: String(GROUP.id), to: "-1002" };
  expect(eventOf({ message: message({ chat: GROUP, text: undefined, migrate_to_chat_id: -1_002 }) })).toEqual(
    move,
  );
  const there = { id: -1_002, type: "supergroup" };
  const said = message({ chat: there, text: undefined, migrate_from_chat_id: GROUP.id });
  expect(eventOf({ message: said })).toEqual(move);
});

describe("a body that cannot be used", () => {
  test.each([
    ["(body)", "{"],
    ["(body)", Buffer.from([0x22, 0xff, 0x22])],
    ["(body)", "[]"],
    ["(body)", "null"],
    ["update_id", '{"object":"page","entry":[]}'],
  ])("an unusable body is rejected as a whole, and the problem names %s", (field, body) => {
    expect(parseText(body)).toMatchObject({ ok: false, problems: [{ field }] });
  });

  test.each([
    ["message", { message: "hello" }],
    ["message.message_id", { message: message({ message_id: "41" }) }],
    ["message.message_id", { message: message({ message_id: 2 ** 53 }) }],
    ["message.chat", { message: message({ chat: undefined }) }],
    ["message.chat.id", { message: message({ chat: { id: 1.5, type: "private" } }) }],
    ["message.from.id", { message: message({ from: { id: "x" } }) }],
    ["message.text", { message: message({ text: 7 }) }],
  ])("names what is wrong in its one item: %s", (field, update) => {
    expect(eventOf(update)).toMatchObject({ kind: "invalid", problems: [{ field }] });
  });

  test("never throws, and never shows the contact's text", () => {
    const kinds = fc.constantFrom("message", "edited_message", "my_chat_member", "callback_query");
    const anything = fc.oneof(fc.jsonValue(), fc.constant("secret-value"));
    const fields = fc.dictionary(
      fc.constantFrom("message_id", "chat", "from", "text", "photo", "date", "edit_date", "venue"),
      anything,
    );
    fc.assert(
      fc.property(kinds, fc.oneof(anything, fields.map(message)), (kind, item) => {
        const parsed = parse({ [kind]: item });
        expect(parsed).toMatchObject({ ok: true, events: [{ kind: expect.any(String) }] });
        const invalid = parsed.ok ? parsed.events.filter((event) => event.kind === "invalid") : [];
        expect(JSON.stringify(invalid)).not.toContain("secret-value");
      }),
      { numRuns: 500 },
    );
  });
});

test("each message of a contact comes through with all its ids and its text", () => {
  const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((words) => !words.includes("\0"));
  fc.assert(
    fc.property(id, id, text, (contactId, number, words) => {
      const chat = { id: contactId, type: "private" };
      const update = { message: message({ chat, from: { id: contactId }, message_id: number, text: words }) };
      expect(eventOf(update)).toMatchObject({
        providerMessageId: `${contactId}:${number}`,
        from: `${contactId}`,
        text: words,
        providerSequence: number,
      });
    }),
  );
});

test("is acknowledged with a text that is no call to the Bot API, and waits for more", () => {
  expect(telegram.acknowledgement).toEqual({ status: 200, contentType: "text/plain", body: "OK" });
  expect(telegram.quietWindowMs).toBe(1_500);
  expect(NOW.getTime() / 1000 - DATE).toBe(10);
});
