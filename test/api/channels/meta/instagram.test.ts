import { expect, test } from "vitest";
import { instagram as channel } from "../../../../api/channels/instagram.ts";
import { sampleRequest } from "../../../support/channels/samples.ts";
import {
  accountOn,
  AT,
  CONTACT,
  eventsOf,
  fromContact,
  fromPage,
  INBOX_APP,
  PAGE,
  parseWith,
} from "./messaging-samples.ts";

const providerTime = new Date(AT);

test("a direct message is read, and a story it answers changes nothing", () => {
  const message = {
    mid: "ig_1",
    text: "Is it still there?",
    reply_to: { story: { id: "1", url: "https://cdn.example/s" } },
  };
  expect(eventsOf(channel, fromContact({ message }))).toEqual([
    {
      kind: "message",
      providerMessageId: "ig_1",
      from: CONTACT,
      text: "Is it still there?",
      origin: "typed",
      media: [],
      providerTime,
    },
  ]);
});

test("a mention in a story is a picture", () => {
  const attachments = [{ type: "story_mention", payload: { url: "https://cdn.example/m" } }];
  expect(eventsOf(channel, fromContact({ message: { mid: "ig_2", attachments } }))).toMatchObject([
    { kind: "message", text: "", media: [{ kind: "image", ref: "https://cdn.example/m" }] },
  ]);
});

test("an unsent message is a deletion, the same one on every redelivery", () => {
  const parseUnsend = () => eventsOf(channel, fromContact({ message: { mid: "ig_1", is_deleted: true } }));
  expect(parseUnsend()).toEqual([
    {
      kind: "delete",
      changeId: expect.stringMatching(/^delete\.[0-9a-f]{64}$/),
      from: CONTACT,
      targetMessageId: "ig_1",
      text: "",
      providerTime,
    },
  ]);
  expect(parseUnsend()).toEqual(parseUnsend());
});

test("what Instagram does not hand out has a placeholder and is explained", () => {
  expect(eventsOf(channel, fromContact({ message: { mid: "ig_3", is_unsupported: true } }))).toMatchObject([
    { kind: "message", text: "[unsupported message]", treatment: "explain" },
  ]);
});

test("a message in the list of changes is the same as one in the list of messages", () => {
  const message = { mid: "ig_5", text: "Do you sell bells?" };
  const value = { ...fromContact({ message }), timestamp: String(Math.floor(AT / 1_000)) };
  const parsed = parseWith(channel, [{ id: PAGE, changes: [{ field: "messages", value }] }]);
  expect(parsed).toMatchObject({
    ok: true,
    events: [
      {
        kind: "message",
        providerMessageId: "ig_5",
        text: "Do you sell bells?",
        providerTime: new Date(Math.floor(AT / 1_000) * 1_000),
      },
    ],
  });
});

test("a seen message is a receipt, since Instagram gives its id and no watermark", () => {
  expect(eventsOf(channel, fromContact({ read: { mid: "ig_4" } }))).toEqual([
    { kind: "receipt", providerId: "ig_4", state: "read", code: null, providerTime },
  ]);
});

test("a reply from Instagram's own inbox is a reply of an agent, and its deletion is ignored", () => {
  const said = { mid: "ig_5", text: "Yes!", app_id: INBOX_APP };
  expect(eventsOf(channel, fromPage(said))).toMatchObject([
    { kind: "agent_reply", to: CONTACT, text: "Yes!" },
  ]);
  expect(eventsOf(channel, fromPage({ ...said, is_deleted: true }))).toEqual([
    { kind: "ignored", what: "echo" },
  ]);
});

test("a page's body is not Instagram's", () => {
  const rawBody = Buffer.from('{"object":"page","entry":[]}');
  expect(channel.parse(sampleRequest({ rawBody }), accountOn("instagram"))).toMatchObject({
    ok: false,
    problems: [{ field: "object" }],
  });
});
