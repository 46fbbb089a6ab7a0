import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { line } from "../../../../api/channels/line.ts";
import { NOW, sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";
import { lineSignature } from "../../../support/channels/vendor-signature.ts";

const BOT = `U${"b".repeat(32)}`;
const CONTACT = `U${"c".repeat(32)}`;
const GROUP = `C${"d".repeat(32)}`;
const ACCOUNT = sampleAccount({
  channel: "line",
  address: BOT,
  externalId: BOT,
  secrets: { inbound: ["new-secret", "old-secret"], outbound: ["token"] },
});
/** Ten seconds before NOW. */
const TIMESTAMP = 1_767_348_000_000;
const SAID = new Date(TIMESTAMP);
const FROM_CONTACT = { type: "user", userId: CONTACT };
const IN_GROUP = { type: "group", groupId: GROUP, userId: CONTACT };

const parseText = (body: string | Buffer, account = ACCOUNT) =>
  line.parse(sampleRequest({ rawBody: Buffer.from(body as string) }), account);
const parse = (...events: object[]) => parseText(JSON.stringify({ destination: BOT, events }));
const buildEvent = (type: string, fields: object = {}) => ({
  type,
  mode: "active",
  timestamp: TIMESTAMP,
  source: FROM_CONTACT,
  webhookEventId: "01H810YECXQQZ37VAXPF6H9E6T",
  deliveryContext: { isRedelivery: false },
  ...fields,
});
const buildMessage = (message: object, fields: object = {}) =>
  buildEvent("message", { message: { id: "444573844083572737", ...message }, ...fields });
const buildText = (text: string, fields: object = {}) => buildMessage({ type: "text", text }, fields);

function eventOf(event: object, account = ACCOUNT) {
  const parsed = parseText(JSON.stringify({ destination: BOT, events: [event] }), account);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.events).toHaveLength(1);
  return parsed.events[0];
}

describe("the signature", () => {
  const BODY = Buffer.from('{"destination":"U0","events":[]}');
  const sign = (secret: string, rawBody = BODY) =>
    lineSignature({ url: "", rawBody, secret, at: NOW })["x-line-signature"];
  const verify = (signature?: string | string[], rawBody = BODY) =>
    line.verify(sampleRequest({ rawBody, headers: { "x-line-signature": signature } }), ACCOUNT);

  test("may be made with the current or the previous channel secret, and no other", () => {
    expect(verify(sign("new-secret"))).toEqual({ ok: true, secretIndex: 0 });
    expect(verify(sign("old-secret"))).toEqual({ ok: true, secretIndex: 1 });
    expect(verify(sign("other-secret"))).toMatchObject({ ok: false, code: "signature_invalid" });
    expect(verify(sign("new-secret", Buffer.from("{}")))).toMatchObject({ code: "signature_invalid" });
  });

  test("must be there exactly once", () => {
    expect(verify()).toMatchObject({ code: "signature_missing" });
    expect(verify("")).toMatchObject({ code: "signature_missing" });
    expect(verify(["a", "a"])).toMatchObject({ code: "header_repeated" });
  });

  test("made with an empty secret is never valid", () => {
    const open = { ...ACCOUNT, secrets: { inbound: [""], outbound: [] } };
    const request = sampleRequest({ rawBody: BODY, headers: { "x-line-signature": sign("") } });
    expect(line.verify(request, open)).toMatchObject({ ok: false });
  });
});

describe("a message", () => {
  test("of one contact is read with LINE's own id and time", () => {
    expect(eventOf(buildText("Are you open today?"))).toEqual({
      kind: "message",
      providerMessageId: "444573844083572737",
      from: CONTACT,
      text: "Are you open today?",
      origin: "typed",
      providerTime: SAID,
    });
  });

  test("that is delivered again is the same message", () => {
    const again = buildText("Hi", { deliveryContext: { isRedelivery: true }, replyToken: "another" });
    expect(eventOf(again)).toEqual(eventOf(buildText("Hi")));
  });

  test("in a group is for the assistant only if it mentions the bot, whose name is removed", () => {
    expect(eventOf(buildText("See you at six", { source: IN_GROUP }))).toEqual({
      kind: "ignored",
      what: "message.not_addressed",
    });
    const mention = { mentionees: [{ index: 4, length: 7, type: "user", userId: BOT, isSelf: true }] };
    const message = { type: "text", text: "Hey @Parley are you open?", mention };
    expect(eventOf(buildMessage(message, { source: IN_GROUP }))).toMatchObject({
      kind: "message",
      from: CONTACT,
      thread: GROUP,
      text: "Hey are you open?",
    });
  });

  test("in a group is for the assistant if it quotes a message that may be the bot's, and an agent's takes over", () => {
    const quote = buildMessage(
      { type: "text", text: "And on Sunday?", quotedMessageId: "468789577898262530" },
      { source: IN_GROUP },
    );
    expect(eventOf(quote)).toMatchObject({
      kind: "message",
      shared: { kind: "group", isNamed: false, repliesTo: "468789577898262530" },
    });
    const all = { mentionees: [{ index: 0, length: 4, type: "all" }] };
    expect(
      eventOf(buildMessage({ type: "text", text: "@All hi", mention: all }, { source: IN_GROUP })),
    ).toMatchObject({
      what: "message.not_addressed",
    });
    const account = { ...ACCOUNT, settings: { agents: [CONTACT] } };
    expect(eventOf(buildText("I'll take this one", { source: IN_GROUP }), account)).toMatchObject({
      kind: "agent_reply",
      to: null,
      thread: GROUP,
      text: "I'll take this one",
    });
  });

  test("in a room goes to the room", () => {
    const mention = { mentionees: [{ index: 0, length: 7, isSelf: true }] };
    const source = { type: "room", roomId: `R${"e".repeat(32)}`, userId: CONTACT };
    const message = { type: "text", text: "@Parley open?", mention };
    expect(eventOf(buildMessage(message, { source }))).toMatchObject({
      thread: source.roomId,
      text: "open?",
    });
  });

  test("of an unknown contact in a group is ignored", () => {
    const source = { type: "group", groupId: GROUP };
    expect(eventOf(buildText("Hi", { source }))).toEqual({ kind: "ignored", what: "message.no_user" });
  });

  test.each([
    ["image", "image", {}, null],
    ["video", "video", { duration: 60_000 }, null],
    ["audio", "audio", {}, null],
    ["file", "document", { fileName: "invoice.pdf", fileSize: 2_138 }, "invoice.pdf"],
  ])("with a %s keeps a reference to it", (type, kind, fields, name) => {
    expect(eventOf(buildMessage({ type, ...fields }))).toMatchObject({
      kind: "message",
      text: "",
      media: [{ kind, contentType: null, ref: "444573844083572737", name }],
    });
  });

  test("with a sticker keeps the sticker's own ids, because LINE has no content of it", () => {
    const refOf = (fields: object) => eventOf(buildMessage({ type: "sticker", ...fields }));
    expect(refOf({ packageId: "446", stickerId: "1988" })).toMatchObject({
      kind: "message",
      text: "",
      media: [{ kind: "sticker", contentType: null, ref: "446/1988", name: null }],
    });
    expect(refOf({ packageId: "446" })).toMatchObject({ media: [{ kind: "sticker", ref: null }] });
  });

  test("with a location keeps the place", () => {
    const place = { type: "location", title: "Shop", latitude: 35.6, longitude: 139.7 };
    expect(eventOf(buildMessage(place))).toMatchObject({
      media: [{ kind: "location", ref: "geo:35.6,139.7", name: "Shop" }],
    });
    expect(eventOf(buildMessage({ ...place, latitude: "north" }))).toMatchObject({
      kind: "invalid",
      problems: [{ field: "events.0.message.latitude" }],
    });
  });

  test("of an unknown type has a placeholder and is explained", () => {
    expect(eventOf(buildMessage({ type: "coupon" }))).toMatchObject({
      kind: "message",
      text: "[unknown message: coupon]",
      treatment: "explain",
    });
    expect(eventOf(buildMessage({ type: "text" }))).toMatchObject({ kind: "message", text: "" });
  });

  test("without a time is read all the same", () => {
    expect(eventOf(buildText("Hi", { timestamp: undefined }))).toMatchObject({
      kind: "message",
      providerTime: null,
    });
  });

  test("has no time if LINE's clock is more than one day ahead", () => {
    const timestamp = NOW.getTime() + 2 * 86_400_000;
    expect(eventOf(buildText("Hi", { timestamp }))).toMatchObject({ providerTime: null });
  });
});

describe("other events", () => {
  test("an unsent message is deleted", () => {
    const unsend = { unsend: { messageId: "444573844083572737" } };
    expect(eventOf(buildEvent("unsend", unsend))).toEqual({
      kind: "delete",
      changeId: "unsend:444573844083572737",
      targetMessageId: "444573844083572737",
      from: CONTACT,
      text: "",
      providerTime: SAID,
    });
    expect(eventOf(buildEvent("unsend"))).toMatchObject({ kind: "invalid" });
  });

  test("an unsent message of a group is deleted only if it is stored, because most messages of a group are not", () => {
    const unsend = { unsend: { messageId: "444573844083572737" } };
    const source = { type: "room", roomId: GROUP, userId: CONTACT };
    for (const place of [IN_GROUP, source])
      expect(eventOf(buildEvent("unsend", { ...unsend, source: place }))).toMatchObject({
        kind: "delete",
        thread: GROUP,
        needsStoredMessage: true,
      });
  });

  test("a contact who unfollows has blocked the bot, and one who unblocks it is back", () => {
    const consent = { kind: "consent", from: CONTACT, providerTime: SAID };
    expect(eventOf(buildEvent("unfollow"))).toEqual({ ...consent, state: "opted_out", source: "blocked" });
    const back = buildEvent("follow", { follow: { isUnblocked: true } });
    expect(eventOf(back)).toEqual({
      ...consent,
      state: "opted_in",
      source: "unblocked",
      endsOnly: "blocked",
    });
  });

  test.each([{ isUnblocked: false }, undefined])(
    "a follow with %j ends a block, and is no consent without one",
    (follow) => {
      expect(eventOf(buildEvent("follow", { follow }))).toMatchObject({
        state: "opted_in",
        endsOnly: "blocked",
        needsOptOut: true,
      });
    },
  );

  test.each(["join", "leave", "memberJoined", "videoPlayComplete", "beacon"])(
    "%s is ignored under its name",
    (type) => {
      expect(eventOf(buildEvent(type))).toEqual({ kind: "ignored", what: `event.${type}` });
    },
  );

  test("a pressed button has its data in a placeholder, and a chosen date after it", () => {
    const press = (postback: object) =>
      eventOf(buildEvent("postback", { webhookEventId: "01HEVENT", postback }));
    expect(press({ data: "action=hours" })).toMatchObject({
      kind: "message",
      providerMessageId: "postback:01HEVENT",
      text: "[button: action=hours]",
    });
    expect(press({ data: "visit", params: { date: "2026-12-04" } })).toMatchObject({
      text: "[button: visit]\n2026-12-04",
    });
    expect(press({ data: "page", params: { newRichMenuAliasId: "b", status: "SUCCESS" } })).toEqual({
      kind: "ignored",
      what: "event.postback.rich_menu",
    });
  });

  test.each(["something_new", "toString"])(
    "the unknown %s is counted with all others of that kind",
    (type) => {
      expect(eventOf(buildEvent(type))).toEqual({ kind: "ignored", what: "event.other" });
    },
  );

  test("an event of a bot in standby is ignored", () => {
    expect(eventOf(buildText("Hi", { mode: "standby" }))).toEqual({ kind: "ignored", what: "standby" });
  });
});

describe("a body", () => {
  test("without events, as the console of LINE posts it, is accepted", () => {
    expect(parse()).toEqual({ ok: true, events: [] });
  });

  test("for another bot is refused whole", () => {
    const body = { destination: `U${"9".repeat(32)}`, events: [buildText("Hi")] };
    expect(parseText(JSON.stringify(body))).toMatchObject({
      ok: false,
      problems: [{ field: "destination" }],
    });
  });

  test.each([
    ["{", "(body)"],
    ["[]", "(body)"],
    ['{"events":[]}', "destination"],
    [`{"destination":"${BOT}"}`, "events"],
  ])("%s is refused with the field that is wrong", (body, field) => {
    expect(parseText(body)).toMatchObject({ ok: false, problems: [{ field }] });
  });

  test("with an event that cannot be read keeps the others", () => {
    const parsed = parse(buildText("one"), { type: 7 }, buildText("two"));
    expect(parsed.ok && parsed.events.map(({ kind }) => kind)).toEqual(["message", "invalid", "message"]);
  });

  test("of any JSON gives one event for each item, and never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), (events) => {
        const parsed = parseText(JSON.stringify({ destination: BOT, events }));
        expect(parsed.ok && parsed.events.length).toBe(events.length);
      }),
    );
  });

  test("of any bytes never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseText(Buffer.from(bytes)).ok).toBeTypeOf("boolean");
      }),
    );
  });
});
