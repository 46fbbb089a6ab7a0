import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slack } from "../../../../api/channels/slack.ts";
import { signSlackRequest } from "../../../../infra/runtime/signatures/slack-signature.ts";
import { NOW, sampleRequest } from "../../../support/channels/samples.ts";
import {
  ACCOUNT,
  BOT,
  callback,
  CHANNEL,
  DIRECT,
  eventOf,
  message,
  getOnlyEvent,
  parseText,
  CONTACT,
  NAMED,
  TEAM,
  TS,
} from "./slack-samples.ts";

const ROOT = "1767340000.000200";

describe("the signature", () => {
  const verify = (secret: string, fields: object = {}) => {
    const rawBody = Buffer.from("{}");
    const timestamp = String(NOW.getTime() / 1_000);
    const headers = {
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": signSlackRequest({ timestamp, rawBody, secret }),
      ...fields,
    };
    return slack.verify(sampleRequest({ rawBody, headers }), ACCOUNT);
  };

  test("may be made with the current or the previous signing secret", () => {
    expect(verify("signing-now")).toEqual({ ok: true, secretIndex: 0 });
    expect(verify("signing-before")).toEqual({ ok: true, secretIndex: 1 });
    expect(verify("other")).toMatchObject({ ok: false, code: "signature_invalid" });
  });

  test("is checked on a repeated delivery as well", () => {
    const retry = { "x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout" };
    expect(verify("signing-now", retry)).toMatchObject({ ok: true });
    expect(verify("other", retry)).toMatchObject({ ok: false });
  });
});

describe("the question whether the URL is ours", () => {
  test("is answered with its challenge", () => {
    const body = JSON.stringify({ type: "url_verification", token: "t", challenge: "3eZbrw1aB" });
    expect(parseText(body)).toEqual({
      ok: true,
      events: [],
      response: { status: 200, contentType: "text/plain", body: "3eZbrw1aB" },
    });
  });

  test.each([{}, { challenge: "" }, { challenge: 7 }])(
    "a URL verification without a challenge is rejected: %j",
    (fields) => {
      expect(parseText(JSON.stringify({ type: "url_verification", ...fields }))).toMatchObject({
        ok: false,
        problems: [{ field: "challenge" }],
      });
    },
  );
});

describe("a message", () => {
  test("a message in a channel begins its own thread, with the time and order of its ts", () => {
    expect(eventOf(message())).toEqual({
      kind: "message",
      providerMessageId: `${CHANNEL}:${TS}`,
      from: CONTACT,
      thread: `${CHANNEL}:${TS}`,
      shared: NAMED,
      text: "Are you open today?",
      origin: "typed",
      providerTime: new Date("2026-01-02T10:00:00.000Z"),
      providerSequence: 1_767_348_000_000_100,
    });
  });

  test("a message in a thread belongs to the thread, even if it is also shown in the channel", () => {
    const reply = { thread_ts: ROOT, parent_user_id: "U0BO" };
    const inThread = { kind: "message", thread: `${CHANNEL}:${ROOT}`, providerMessageId: `${CHANNEL}:${TS}` };
    expect(eventOf(message(reply))).toMatchObject(inThread);
    expect(eventOf(message({ ...reply, subtype: "thread_broadcast" }))).toMatchObject(inThread);
  });

  test("a direct message to the bot belongs to the direct messages", () => {
    const direct = { channel: DIRECT, channel_type: "im" };
    expect(eventOf(message(direct))).toMatchObject({ thread: DIRECT });
    expect(eventOf(message({ channel: DIRECT, channel_type: undefined }))).toMatchObject({ thread: DIRECT });
    expect(eventOf(message({ ...direct, thread_ts: TS }))).toMatchObject({ thread: DIRECT });
    expect(eventOf(message({ ...direct, thread_ts: ROOT }))).toMatchObject({ thread: `${DIRECT}:${ROOT}` });
  });

  test("a mention of the bot is one message although it arrives as two events", () => {
    const text = `<@${BOT}> are you open?`;
    const asMessage = eventOf(message({ text }), { event_id: "Ev01" });
    const asMention = eventOf(message({ type: "app_mention", text, channel_type: undefined }), {
      event_id: "Ev02",
    });
    expect(asMention).toEqual(asMessage);
    expect(asMention).toMatchObject({ kind: "message", text: "are you open?" });
  });

  test("can be one that a user writes about himself", () => {
    expect(eventOf(message({ subtype: "me_message" }))).toMatchObject({ kind: "message" });
  });

  test("is stored as whole characters without NUL", () => {
    expect(eventOf(message({ text: "a\0b\uD800" }))).toMatchObject({ text: "a\uFFFDb\uFFFD" });
  });

  test("is accepted with unknown fields", () => {
    const fields = { enterprise_id: "E1", is_ext_shared_channel: false, something_new: [{ a: 1 }] };
    const event = message({ blocks: [{ type: "rich_text" }], client_msg_id: "x", something_new: 1 });
    expect(eventOf(event, fields)).toMatchObject({ kind: "message" });
  });

  test.each([
    ["a day ahead", "1767434410.000000", new Date("2026-01-03T10:00:10Z")],
    ["more than a day ahead", "1767434410.001000", null],
    ["long ago", "1.000001", new Date(1_000)],
  ])("a message with the ts %s has the time %j", (_what, ts, providerTime) => {
    expect(eventOf(message({ ts }))).toMatchObject({ kind: "message", providerTime });
  });
});

describe("files", () => {
  const file = {
    id: "F1",
    name: "bill.pdf",
    mimetype: "application/pdf",
    url_private: "https://files.slack.com/files-pri/T0-F1/bill.pdf",
    mode: "hosted",
  };
  const ref = file.url_private;
  const buildFileShare = (...files: unknown[]) =>
    message({ subtype: "file_share", text: "Is this it?", files });

  test("come with the text next to them as one message", () => {
    expect(eventOf(buildFileShare(file))).toMatchObject({
      kind: "message",
      text: "Is this it?",
      media: [{ kind: "document", contentType: "application/pdf", ref, name: "bill.pdf" }],
    });
  });

  test.each([
    ["image/png", "image"],
    ["audio/webm", "audio"],
    ["video/mp4", "video"],
    ["text/plain", "document"],
  ])("files of type %s have the kind %s", (mimetype, kind) => {
    expect(eventOf(buildFileShare({ ...file, mimetype }))).toMatchObject({
      media: [{ kind, contentType: mimetype }],
    });
  });

  test("files without a URL are referenced by their id", () => {
    expect(eventOf(buildFileShare({ id: "F1", file_access: "check_file_info" }))).toMatchObject({
      media: [{ kind: "document", contentType: null, ref: "F1", name: null }],
    });
  });

  test("deleted or unreadable files are dropped, and the text is kept", () => {
    const event = eventOf(
      buildFileShare({ ...file, mode: "tombstone" }, { mode: "hidden_by_limit", id: "F2" }, 7, {}),
    );
    expect(event).toMatchObject({ kind: "message", text: "Is this it?" });
    expect(event).not.toHaveProperty("media");
  });

  test("files without text are a message", () => {
    const event = eventOf(message({ type: "app_mention", text: `<@${BOT}>`, files: [file] }));
    expect(event).toMatchObject({ kind: "message", text: "", media: [{ ref }] });
  });
});

describe("an edit", () => {
  const before = message({ channel: undefined, channel_type: undefined });
  const buildEdit = (fields: object = {}, change: object = {}) =>
    message({
      subtype: "message_changed",
      user: undefined,
      text: undefined,
      hidden: true,
      ts: "1767348005.000300",
      message: { ...before, text: "Tomorrow &amp; later?", buildEdit: { user: CONTACT, ts: "1" }, ...fields },
      previous_message: before,
      ...change,
    });

  test("is of the message with its new text", () => {
    expect(eventOf(buildEdit())).toEqual({
      kind: "edit",
      changeId: `edit:${CHANNEL}:1767348005.000300`,
      from: CONTACT,
      thread: `${CHANNEL}:${TS}`,
      targetMessageId: `${CHANNEL}:${TS}`,
      needsStoredMessage: true,
      text: "Tomorrow & later?",
      providerTime: new Date("2026-01-02T10:00:05Z"),
    });
  });

  test.each([
    ["in a channel", {}, {}],
    ["in a channel, with replies by now", {}, { thread_ts: TS }],
    ["in a thread", { thread_ts: ROOT }, { thread_ts: ROOT }],
    ["directly", { channel: DIRECT, channel_type: "im" }, {}],
    ["directly, with replies by now", { channel: DIRECT, channel_type: "im" }, { thread_ts: TS }],
  ])("names contact, conversation and message as the message did: %s", (_what, place, now) => {
    const first = eventOf(message(place));
    const { channel, channel_type: type } = message(place);
    const change = eventOf(buildEdit({ ...place, ...now }, { channel, channel_type: type }));
    if (first.kind !== "message") throw new Error(first.kind);
    const { providerMessageId: targetMessageId, from, thread } = first;
    expect(change).toMatchObject({ kind: "edit", targetMessageId, from, thread });
  });

  test.each([
    ["message_changed.same_text", buildEdit({ text: before.text })],
    ["bot_message", buildEdit({ bot_id: "B1" })],
    ["own_message", buildEdit({ user: BOT })],
  ])("is ignored as %s", (what, event) => {
    expect(eventOf(event)).toEqual({ kind: "ignored", what });
  });

  test("an edit that replaces the message by a tombstone is a deletion", () => {
    const stone = { subtype: "tombstone", user: "USLACKBOT", text: "This message was deleted." };
    expect(eventOf(buildEdit(stone))).toMatchObject({
      kind: "delete",
      from: CONTACT,
      targetMessageId: `${CHANNEL}:${TS}`,
      text: "",
    });
  });
});

describe("a deletion", () => {
  const buildDeletion = (previous?: object) =>
    message({
      subtype: "message_deleted",
      user: undefined,
      text: undefined,
      hidden: true,
      ts: "1767348005.000300",
      deleted_ts: TS,
      previous_message: previous,
    });

  test("belongs to the contact's message", () => {
    expect(eventOf(buildDeletion(message({ thread_ts: ROOT })))).toEqual({
      kind: "delete",
      changeId: `delete:${CHANNEL}:1767348005.000300`,
      from: CONTACT,
      thread: `${CHANNEL}:${ROOT}`,
      targetMessageId: `${CHANNEL}:${TS}`,
      needsStoredMessage: true,
      text: "",
      providerTime: new Date("2026-01-02T10:00:05Z"),
    });
  });

  test.each([
    ["message_deleted.unknown_author", buildDeletion()],
    ["bot_message", buildDeletion(message({ bot_id: "B1" }))],
    ["own_message", buildDeletion(message({ user: BOT }))],
  ])("is ignored as %s", (what, event) => {
    expect(eventOf(event)).toEqual({ kind: "ignored", what });
  });
});

describe("a message without a text of its own", () => {
  test.each([
    ["no content", message({ text: "" })],
    ["only our name", message({ text: `<@${BOT}> ` })],
  ])("is still a message: %s", (_what, event) => {
    expect(eventOf(event)).toMatchObject({ kind: "message", text: "" });
  });

  test("has the words of its blocks", () => {
    const elements = [
      {
        type: "rich_text_section",
        elements: [
          { type: "text", text: "Do you" },
          { type: "text", text: "rent bikes?" },
        ],
      },
    ];
    const blocks = [{ type: "rich_text", elements }];
    expect(eventOf(message({ text: "", blocks }))).toMatchObject({ text: "Do you rent bikes?" });
  });

  test("has the words of a forwarded message and the name of its author", () => {
    const attachments = [
      { is_msg_unfurl: true, is_share: true, author_name: "Ada", text: "Do you rent bikes?" },
    ];
    expect(eventOf(message({ text: "", attachments }))).toMatchObject({
      text: "[forwarded message: Ada]\nDo you rent bikes?",
      origin: "placeholder",
    });
    expect(eventOf(message({ text: "What about this?", attachments }))).toMatchObject({
      text: "What about this?\n[forwarded message: Ada]\nDo you rent bikes?",
    });
  });

  test("leaves out the preview of a link in the text", () => {
    const attachments = [{ title: "Garden club", text: "Roses and more", from_url: "https://example.com" }];
    expect(eventOf(message({ attachments }))).toMatchObject({ text: "Are you open today?" });
  });

  test("ignores the first message of a thread of the assistant, also when its title changes", () => {
    const root = { ...message({ subtype: "assistant_app_thread", text: "New chat" }) };
    const changed = { ...root, text: "Bikes" };
    expect(eventOf(root)).toEqual({ kind: "ignored", what: "message.assistant_app_thread" });
    expect(
      eventOf({
        type: "message",
        subtype: "message_changed",
        channel: DIRECT,
        ts: TS,
        message: changed,
        previous_message: root,
      }),
    ).toEqual({ kind: "ignored", what: "message.assistant_app_thread" });
  });
});

describe("it gets no answer", () => {
  test.each([
    ["bot_message", message({ bot_id: "B1" })],
    ["bot_message", message({ subtype: "bot_message", user: undefined, username: "news" })],
    ["bot_message", message({ user: "USLACKBOT" })],
    ["own_message", message({ user: BOT })],
    ["no_sender", message({ user: undefined })],
    ["message.channel_join", message({ subtype: "channel_join" })],
    ["message.huddle_thread", message({ subtype: "huddle_thread" })],
    ["message.other", message({ subtype: "something_new" })],
    ["message.other", message({ subtype: "toString" })],
    ["event.reaction_added", { type: "reaction_added", user: CONTACT, item: {} }],
    ["event.member_joined_channel", { type: "member_joined_channel", user: CONTACT }],
    ["event.app_uninstalled", { type: "app_uninstalled" }],
    ["event.other", { type: "something_new" }],
  ])("no reply is made when the event is ignored as %s", (what, event) => {
    expect(eventOf(event)).toEqual({ kind: "ignored", what });
  });

  test("no reply is made to a message of the bot under another name of this installation", () => {
    const authorizations = [{ team_id: TEAM, user_id: "U0OLDBOT", is_bot: true }];
    expect(eventOf(message({ user: "U0OLDBOT" }), { authorizations })).toMatchObject({ what: "own_message" });
    expect(eventOf(message({ text: "<@U0OLDBOT> hi" }), { authorizations })).toMatchObject({ text: "hi" });
    const contacts = [{ team_id: TEAM, user_id: CONTACT, is_bot: false }];
    expect(eventOf(message(), { authorizations: contacts })).toMatchObject({ kind: "message" });
  });

  test("no reply is made when Slack reports that it withholds events", () => {
    const body = { type: "app_rate_limited", team_id: TEAM, minute_rate_limited: 1_767_348_000 };
    expect(getOnlyEvent(parseText(JSON.stringify(body)))).toEqual({
      kind: "ignored",
      what: "app_rate_limited",
    });
  });

  test("no reply is made to a body of an unknown kind", () => {
    const body = JSON.stringify({ type: "something_new", team_id: TEAM });
    expect(getOnlyEvent(parseText(body))).toEqual({ kind: "ignored", what: "body.other" });
  });
});

describe("the workspace", () => {
  const parseCallback = (fields: object) => parseText(JSON.stringify(callback(message(), fields)));
  const buildAuthorization = (team: string) => ({
    authorizations: [{ team_id: team, user_id: BOT, is_bot: true }],
  });

  test.each([
    ["by its own name", { team_id: "T0OTHER" }],
    ["as an organisation", { team_id: undefined, enterprise_id: "T0OTHER" }],
    ["by the installation that sees the event", { team_id: "T0THIRD", ...buildAuthorization("T0OTHER") }],
  ])("a message of another workspace belongs to the account of that workspace, %s", (_what, fields) => {
    expect(parseCallback(fields)).toMatchObject({
      ok: true,
      events: [],
      otherAccounts: [{ externalId: "T0OTHER", events: [{ kind: "message", text: "Are you open today?" }] }],
    });
  });

  test("a message without a workspace is not for our account", () => {
    expect(getOnlyEvent(parseCallback({ team_id: undefined }))).toEqual({
      kind: "ignored",
      what: "other_account",
    });
  });

  test.each([
    ["that sees the shared channel", buildAuthorization(TEAM)],
    ["by which the event came", { context_team_id: TEAM }],
    ["as an organisation", { enterprise_id: TEAM }],
  ])("may be the one %s", (_what, fields) => {
    expect(getOnlyEvent(parseCallback({ team_id: "T0OTHER", ...fields }))).toMatchObject({ kind: "message" });
  });

  test("is not asked for where the account has none", () => {
    const body = JSON.stringify(callback(message(), { team_id: "T0OTHER" }));
    const taken = parseText(body, "application/json", { ...ACCOUNT, externalId: null });
    expect(getOnlyEvent(taken)).toMatchObject({ kind: "message" });
  });
});

describe("a body that cannot be used", () => {
  test.each([
    ["(body)", "{"],
    ["(body)", ""],
    ["(body)", Buffer.from([0x22, 0xff, 0x22])],
    ["(body)", "[]"],
    ["(body)", "null"],
    ["type", "{}"],
    ["type", '{"type":7}'],
  ])("an unusable body is rejected as a whole, and the problem names %s", (field, body) => {
    expect(parseText(body)).toMatchObject({ ok: false, problems: [{ field }] });
  });

  test.each([
    ["event", undefined],
    ["event", "hello"],
    ["event.type", {}],
    ["event.ts", message({ ts: 1_767_348_000.0001 })],
    ["event.ts", message({ ts: "1767348000" })],
    ["event.thread_ts", message({ thread_ts: "today" })],
    ["event.channel", message({ channel: "C1:2" })],
    ["event.channel", message({ channel: undefined })],
    ["event.user", message({ user: { id: CONTACT } })],
    ["event.text", message({ text: 7 })],
    ["event.message", message({ subtype: "message_changed" })],
    ["event.message.ts", message({ subtype: "message_changed", message: {} })],
    ["event.previous_message.ts", message({ subtype: "message_deleted", previous_message: {} })],
  ])("names what is wrong in its one item: %s", (field, event) => {
    expect(eventOf(event)).toMatchObject({ kind: "invalid", problems: [{ field }] });
  });

  test("never throws, and never shows the contact's text", () => {
    const type = fc.constantFrom("message", "app_mention", "reaction_added");
    const subtype = fc.constantFrom(undefined, "message_changed", "message_deleted", "file_share");
    const anything = fc.oneof(fc.jsonValue(), fc.constant("secret-value"));
    const names = ["ts", "channel", "user", "text", "files", "message", "previous_message", "thread_ts"];
    const fields = fc.dictionary(fc.constantFrom(...names), anything);
    fc.assert(
      fc.property(type, subtype, fields, anything, (eventType, kind, changed, frame) => {
        const event = message({ type: eventType, subtype: kind, ...changed });
        const parseCallback = parseText(JSON.stringify(callback(event, { authorizations: frame })));
        expect(parseCallback).toMatchObject({ ok: true, events: [{ kind: expect.any(String) }] });
        const invalid = parseCallback.ok
          ? parseCallback.events.filter((item) => item.kind === "invalid")
          : [];
        expect(JSON.stringify(invalid)).not.toContain("secret-value");
        expect(parseText(JSON.stringify(frame))).toMatchObject({ ok: expect.any(Boolean) });
      }),
      { numRuns: 500 },
    );
  });
});

test("a request is acknowledged with an empty body, and the turn waits for the quiet window", () => {
  expect(slack.acknowledgement).toEqual({ status: 200, contentType: "text/plain", body: "" });
  expect(slack.quietWindowMs).toBe(1_500);
});
