import { describe, expect, test } from "vitest";
import type { InboundEvent } from "../../../../api/channels/channel.ts";
import { telegram } from "../../../../api/channels/telegram.ts";
import type { AccountSettings } from "../../../../db/tenants/channel-account.ts";
import { sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";

const BOT = 7_000_000_001;
const CONTACT = { id: 6_100_200_300, is_bot: false };
const AGENT = { id: 6_100_200_301, is_bot: false };
const GROUP = { id: -1_001_234_567_890, type: "supergroup" };
const ANONYMOUS = { id: 1_087_968_824, is_bot: true, username: "GroupAnonymousBot" };
const IGNORED = { kind: "ignored", what: "message.not_addressed" };

function eventOf(fields: object, settings: AccountSettings = {}, kind = "message"): InboundEvent | undefined {
  const id = String(BOT);
  const secrets = { inbound: ["secret"], outbound: [`${BOT}:token`] };
  const account = sampleAccount({ channel: "telegram", address: id, externalId: id, secrets, settings });
  const message = { message_id: 41, date: 1_767_348_000, chat: GROUP, from: CONTACT, ...fields };
  const rawBody = Buffer.from(JSON.stringify({ update_id: 900, [kind]: message }));
  const parsed = telegram.parse(sampleRequest({ rawBody }), account);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.events[0];
}

/** A text with one entity, whose words are given. */
function withEntity(text: string, words: string, type: string, more: object = {}) {
  return { text, entities: [{ type, offset: text.indexOf(words), length: words.length, ...more }] };
}

const replyTo = (from: object, id = 40) => ({ reply_to_message: { message_id: id, from, chat: GROUP } });

describe("a message in a group", () => {
  test("is ignored if contacts talk to each other", () => {
    expect(eventOf({ text: "See you at six" })).toEqual(IGNORED);
    expect(eventOf(withEntity("@ada_l are you there?", "@ada_l", "mention"))).toEqual(IGNORED);
    expect(
      eventOf(withEntity("/open@other_bot", "/open@other_bot", "bot_command"), { names: ["club_bot"] }),
    ).toEqual(IGNORED);
    expect(eventOf({ text: "Robot, bot, @bot is no name here" })).toEqual(IGNORED);
  });

  test.each([
    ["its name", withEntity("@Club_Bot are you open?", "@Club_Bot", "mention"), "are you open?"],
    ["its name at the end", withEntity("are you open @club_bot", "@club_bot", "mention"), "are you open"],
    [
      "its name in a sentence",
      withEntity("are you open, @club_bot, today?", "@club_bot", "mention"),
      "are you open, , today?",
    ],
    [
      "a linked name",
      withEntity("Club are you open?", "Club", "text_mention", { user: { id: BOT } }),
      "are you open?",
    ],
    ["a command", withEntity("/open today", "/open", "bot_command"), "/open today"],
    [
      "a command with its name",
      withEntity("/open@club_bot today", "/open@club_bot", "bot_command"),
      "/open today",
    ],
  ])("is for the assistant if it has %s, which is no part of the question", (_what, fields, text) => {
    for (const settings of [{}, { names: ["club_bot"] }])
      expect(eventOf(fields, settings)).toMatchObject({
        kind: "message",
        text,
        thread: String(GROUP.id),
        shared: { kind: "group", isNamed: true },
      });
  });

  test("is for the assistant if the caption of a picture names it", () => {
    const photo = [{ file_id: "f1", width: 10 }];
    const { text: caption, entities } = withEntity("@club_bot what is this?", "@club_bot", "mention");
    expect(eventOf({ photo, caption, caption_entities: entities })).toMatchObject({
      text: "what is this?",
      shared: { isNamed: true },
    });
  });

  test("is for the assistant if it replies to the bot, and not if it replies to the start of a topic", () => {
    expect(eventOf({ text: "And on Sunday?", ...replyTo({ id: BOT, is_bot: true }) })).toMatchObject({
      kind: "message",
      shared: { isNamed: false, repliesToUs: true },
    });
    const topic = { message_thread_id: 7, is_topic_message: true, ...replyTo({ id: BOT, is_bot: true }, 7) };
    expect(eventOf({ text: "Hello all", ...topic })).toEqual(IGNORED);
  });

  test("that replies to another contact names that contact", () => {
    expect(eventOf({ text: "They are open", from: AGENT, ...replyTo(CONTACT) })).toMatchObject({
      kind: "message",
      shared: { isNamed: false, repliesToContact: String(CONTACT.id) },
    });
  });

  test("of an agent takes conversations over: all of the group, or the one of the contact that it answers", () => {
    const settings = { agents: [String(AGENT.id)] };
    const said = { text: "I'll take this one", from: AGENT };
    const reply = { kind: "agent_reply", text: "I'll take this one", thread: String(GROUP.id) };
    expect(eventOf(said, settings)).toMatchObject({ ...reply, to: null });
    expect(eventOf({ ...said, ...replyTo(CONTACT) }, settings)).toMatchObject({
      ...reply,
      to: String(CONTACT.id),
    });
    expect(eventOf({ ...said, ...replyTo({ id: BOT }) }, settings)).toMatchObject({ ...reply, to: null });
    const asked = { ...withEntity("@club_bot hours?", "@club_bot", "mention"), from: AGENT };
    expect(eventOf(asked, settings)).toMatchObject({ kind: "message", text: "hours?" });
  });

  test("of an anonymous administrator counts under the id of the group", () => {
    const anonymous = { from: ANONYMOUS, sender_chat: GROUP, text: "I'll take this one" };
    expect(eventOf(anonymous)).toEqual({ kind: "ignored", what: "sender_chat" });
    expect(eventOf({ ...anonymous, ...replyTo(CONTACT) })).toMatchObject({
      kind: "message",
      from: String(GROUP.id),
      shared: { repliesToContact: String(CONTACT.id) },
    });
    expect(eventOf(anonymous, { agents: [String(GROUP.id)] })).toMatchObject({
      kind: "agent_reply",
      to: null,
    });
    const ofChannel = { ...anonymous, sender_chat: { id: -1_009, type: "channel" }, ...replyTo(CONTACT) };
    expect(eventOf(ofChannel)).toEqual({ kind: "ignored", what: "sender_chat" });
  });

  test("that is edited changes only a stored message", () => {
    expect(
      eventOf({ text: "See you at seven", edit_date: 1_767_348_005 }, {}, "edited_message"),
    ).toMatchObject({
      kind: "edit",
      needsStoredMessage: true,
    });
  });
});

test("a private chat is direct, also where a message there names others", () => {
  const chat = { id: CONTACT.id, type: "private" };
  const event = eventOf({ chat, ...withEntity("@ada_l says hello", "@ada_l", "mention") });
  expect(event).toMatchObject({ kind: "message", text: "@ada_l says hello" });
  expect(event).not.toHaveProperty("shared");
});
