import { expect, test } from "vitest";
import { instagram as channel } from "../../../api/channels/instagram.ts";
import { sampleRequest } from "../../support/channels/samples.ts";
import { accountOn, AT, byPage, byPerson, eventsOf, INBOX_APP, PERSON } from "./messaging-samples.ts";

const providerTime = new Date(AT);

test("a direct message is read, and a story it answers changes nothing", () => {
  const message = {
    mid: "ig_1",
    text: "Is it still there?",
    reply_to: { story: { id: "1", url: "https://cdn.example/s" } },
  };
  expect(eventsOf(channel, byPerson({ message }))).toEqual([
    {
      kind: "message",
      providerMessageId: "ig_1",
      from: PERSON,
      text: "Is it still there?",
      media: [],
      providerTime,
    },
  ]);
});

test("a mention in a story is a picture", () => {
  const attachments = [{ type: "story_mention", payload: { url: "https://cdn.example/m" } }];
  expect(eventsOf(channel, byPerson({ message: { mid: "ig_2", attachments } }))).toMatchObject([
    { kind: "message", text: "", media: [{ kind: "image", ref: "https://cdn.example/m" }] },
  ]);
});

test("an unsent message is a deletion, the same one on every redelivery", () => {
  const unsent = () => eventsOf(channel, byPerson({ message: { mid: "ig_1", is_deleted: true } }));
  expect(unsent()).toEqual([
    {
      kind: "delete",
      changeId: expect.stringMatching(/^delete\.[0-9a-f]{64}$/),
      from: PERSON,
      targetMessageId: "ig_1",
      text: "",
      providerTime,
    },
  ]);
  expect(unsent()).toEqual(unsent());
});

test("what Instagram does not hand out is ignored", () => {
  expect(eventsOf(channel, byPerson({ message: { mid: "ig_3", is_unsupported: true } }))).toEqual([
    { kind: "ignored", what: "unsupported" },
  ]);
});

test("a seen message is a receipt, since Instagram gives its id and no watermark", () => {
  expect(eventsOf(channel, byPerson({ read: { mid: "ig_4" } }))).toEqual([
    { kind: "receipt", providerId: "ig_4", state: "read", code: null, providerTime },
  ]);
});

test("a reply from Instagram's own inbox is a person's, and taken back it is nothing", () => {
  const said = { mid: "ig_5", text: "Yes!", app_id: INBOX_APP };
  expect(eventsOf(channel, byPage(said))).toMatchObject([{ kind: "human_reply", to: PERSON, text: "Yes!" }]);
  expect(eventsOf(channel, byPage({ ...said, is_deleted: true }))).toEqual([
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
