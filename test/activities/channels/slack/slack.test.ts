import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitTexts } from "../../../support/channels/split-texts.ts";
import { toLostPart } from "../../../support/channels/samples.ts";
import {
  SLACK_ERROR_CLASSES,
  SLACK_HALF_DONE,
} from "../../../../activities/channels/slack/slack-error-classes.ts";
import { respondWith, openHttpPeer } from "../../../support/http-peer.ts";
import { ACCOUNT, CHANNEL, channelAt, openSlack, PART, CONTACT, ROOT, signal, TOKEN } from "./open-slack.ts";

type Part = typeof PART;

async function sendAndReadBody(part: Part) {
  const { channel, calls } = await openSlack();
  expect(await channel.send(part, ACCOUNT, signal)).toMatchObject({ kind: "accepted" });
  expect(calls()).toMatchObject([{ method: "POST", path: "/chat.postMessage" }]);
  return calls()[0]?.body;
}

/** What the channel makes of an answer. */
async function outcomeOf(status: number, body: unknown, headers: Record<string, string> = {}) {
  const { fake, channel } = await openSlack();
  const text = typeof body === "string" ? body : JSON.stringify(body);
  fake.faults.replace([{ match: {}, times: 1, fault: { status, headers, body: text } }]);
  return await channel.send(PART, ACCOUNT, signal);
}

const refusal = (error: string) => outcomeOf(200, { ok: false, error });

describe("a send", () => {
  test("is one post into the thread, without previews and with this delivery's id", async () => {
    expect(await sendAndReadBody(PART)).toEqual({
      channel: CHANNEL,
      thread_ts: ROOT,
      text: "Your order &amp; receipt ✓",
      unfurl_links: false,
      unfurl_media: false,
      metadata: { event_type: "parley_delivery", event_payload: { delivery_id: PART.deliveryId } },
    });
  });

  test("a post has the id of its channel and ts, like messages of contacts", async () => {
    const { channel, shown } = await openSlack();
    const outcome = await channel.send(PART, ACCOUNT, signal);
    const [post] = await shown();
    expect(outcome).toEqual({ kind: "accepted", providerId: post?.id });
    expect(post?.id).toMatch(/^C0CLUB:\d{10}\.\d{6}$/);
  });

  test.each([
    ["direct messages", "D0ADA", { channel: "D0ADA" }],
    ["a channel", CHANNEL, { channel: CHANNEL }],
    ["the person", "", { channel: CONTACT }],
  ])("a send to %s names no thread", async (_what, thread, target) => {
    const body = await sendAndReadBody({ ...PART, thread });
    expect(body).toMatchObject(target);
    expect(body).not.toHaveProperty("thread_ts");
  });

  test("is JSON in UTF-8 with the bot's token", async () => {
    const peer = await openHttpPeer(respondWith(500));
    await channelAt(peer.url).send(PART, ACCOUNT, signal);
    expect(peer.requests).toMatchObject([
      {
        path: "/chat.postMessage",
        headers: {
          authorization: `Bearer ${TOKEN}`,
          "content-type": "application/json; charset=utf-8",
        },
      },
    ]);
  });

  test("cannot mention users: Slack's own markup is sent as text", async () => {
    const { channel, calls, shown } = await openSlack();
    const text = "<!channel> &lt; <https://example.com|click> & <@U1>";
    await channel.send({ ...PART, text }, ACCOUNT, signal);
    expect(calls()).toMatchObject([
      { body: { text: "&lt;!channel&gt; &amp;lt; &lt;https://example.com|click&gt; &amp; &lt;@U1&gt;" } },
    ]);
    expect(await shown()).toMatchObject([{ text }]);
  });

  test.each([
    ["unknown-channel", "permanent", "channel_not_found"],
    ["archived", "permanent", "is_archived"],
    ["not-in-channel", "config", "not_in_channel"],
  ])("a send to a channel that is %s is %s", async (mark, kind, code) => {
    const { channel, mark: steer } = await openSlack();
    await steer(mark, CHANNEL);
    expect(await channel.send(PART, ACCOUNT, signal)).toEqual({
      kind: "refused",
      class: kind,
      code,
      retryAfterMs: null,
    });
  });
});

describe("a refusal", () => {
  const words = Object.entries(SLACK_ERROR_CLASSES).filter(([word]) => !SLACK_HALF_DONE.has(word));

  test.each(words)("a response with HTTP 200 and %s is %s", async (error, kind) => {
    expect(await refusal(error)).toEqual({ kind: "refused", class: kind, code: error, retryAfterMs: null });
  });

  test.each([
    ["service_unavailable", "retry"],
    ["ratelimited", "throttle"],
    ["channel_not_found", "permanent"],
    ["restricted_action_thread_locked", "permanent"],
    ["not_in_channel", "config"],
    ["token_revoked", "config"],
    ["something_new", "permanent"],
    ["constructor", "permanent"],
  ])("a response with %s is %s", async (error, kind) => {
    expect(await refusal(error)).toMatchObject({ kind: "refused", class: kind, code: error });
  });

  test.each([...SLACK_HALF_DONE])("a response with %s makes the outcome unknown", async (error) => {
    expect(await refusal(error)).toEqual({ kind: "unknown", code: error });
  });

  test("a 429 gives the wait of the header, at most one day", async () => {
    const limited = { ok: false, error: "ratelimited" };
    expect(await outcomeOf(429, limited, { "retry-after": "30" })).toEqual({
      kind: "refused",
      class: "throttle",
      code: "ratelimited",
      retryAfterMs: 30_000,
    });
    const long = await outcomeOf(429, limited, { "retry-after": "999999" });
    expect(long).toMatchObject({ retryAfterMs: 86_400_000 });
    expect(await outcomeOf(429, "slow down", { "retry-after": "3" })).toMatchObject({
      class: "throttle",
      code: "http_429",
      retryAfterMs: 3_000,
    });
    expect(await outcomeOf(429, { ok: false, error: "something_new" })).toMatchObject({ class: "throttle" });
  });

  test.each([
    [500, "retry"],
    [503, "retry"],
    [408, "retry"],
    [401, "config"],
    [403, "config"],
    [302, "permanent"],
    [404, "permanent"],
  ])("a gateway's page with status %i is %s", async (status, kind) => {
    expect(await outcomeOf(status, "<html>")).toMatchObject({
      kind: "refused",
      class: kind,
      code: `http_${status}`,
    });
  });
});

describe("without a clear answer", () => {
  test("a send is unknown where the post may have gone out", async () => {
    const { fake, channel } = await openSlack();
    fake.faults.replace([{ match: {}, times: 1, fault: { accept_then_drop: true } }]);
    expect(await channel.send(PART, ACCOUNT, signal)).toEqual({ kind: "unknown", code: "response_lost" });
  });

  test.each([
    ["is no JSON", "<html>"],
    ["has no ts", { ok: true, channel: CHANNEL }],
    ["is empty", ""],
    ["has words in place of a code", { ok: false, error: "No, <b>sorry</b>" }],
  ])("a send is unknown where a 200 %s", async (_what, body) => {
    expect(await outcomeOf(200, body)).toEqual({ kind: "unknown", code: "response_unreadable" });
  });

  test("a send is retried when Slack could not be reached", async () => {
    const { channel, fake } = await openSlack();
    await fake.close();
    expect(await channel.send(PART, ACCOUNT, signal)).toMatchObject({
      class: "retry",
      code: "not_connected",
    });
  });

  test("Slack is asked for the post before the post is sent again", () => {
    const channel = channelAt("http://127.0.0.1:1");
    expect(channel).toMatchObject({ deliveryClass: "reconcile", receipts: false, replyWindowMs: null });
    expect(channel.reconcile).toBeDefined();
    expect(channel.indicateTyping).toBeUndefined();
  });
});

describe("the bot token", () => {
  const withToken = (token: string) => ({ ...ACCOUNT, secrets: { inbound: [], outbound: [token] } });

  test("the bot token is in no outcome, whatever error occurs", async () => {
    const { channel, fake } = await openSlack();
    fake.faults.replace([
      { match: {}, times: 1, fault: { status: 200, body: JSON.stringify({ ok: false, error: TOKEN }) } },
      { match: {}, times: 1, fault: { status: 400, body: TOKEN, headers: { "retry-after": TOKEN } } },
      { match: {}, times: 1, fault: { accept_then_drop: true } },
    ]);
    const errors = [
      await channel.send(PART, ACCOUNT, signal),
      await channel.send(PART, ACCOUNT, signal),
      await channel.send(PART, ACCOUNT, signal),
      await channelAt("http://10.0.0.1:1").send(PART, ACCOUNT, AbortSignal.abort()),
      await channelAt("ftp://127.0.0.1").send(PART, ACCOUNT, signal),
    ];
    expect(JSON.stringify(errors)).not.toContain("secret-part");
  });

  test.each(["", "xoxb 1", "xoxb-1\n", "xoxb-1\r\nx-other: 1", "xoxb-é"])(
    "%j is not a valid bot token, and no request uses it",
    async (token) => {
      const { channel, calls } = await openSlack();
      const account = withToken(token);
      expect(await channel.send(PART, account, signal)).toEqual({
        kind: "refused",
        class: "config",
        code: "bot_token_malformed",
        retryAfterMs: null,
      });
      expect(await channel.reconcile?.(toLostPart(PART), account, signal)).toMatchObject({ kind: "unknown" });
      expect(calls()).toEqual([]);
    },
  );

  test("a bot token that Slack does not know is a configuration error", async () => {
    const { channel } = await openSlack();
    expect(await channel.send(PART, withToken("xoxb-other"), signal)).toMatchObject({
      class: "config",
      code: "invalid_auth",
    });
  });
});

describe("a long reply", () => {
  const split = (text: string) => splitTexts(channelAt("http://127.0.0.1:1"), text);
  /** Each of the three characters becomes an entity of four or five. */
  const sentLength = (text: string) =>
    text.length + 4 * (text.match(/&/g) ?? []).length + 3 * (text.match(/[<>]/g) ?? []).length;

  test("goes in parts of 4000 characters as Slack counts them, escaped", () => {
    expect(split("a".repeat(4_000))).toHaveLength(1);
    expect(split("a".repeat(4_001))).toHaveLength(2);
    expect(split("&".repeat(800))).toHaveLength(1);
    expect(split("&".repeat(801))).toHaveLength(2);
    expect(split("<".repeat(1_001))).toHaveLength(2);
  });

  test("loses nothing but white space at the cuts", () => {
    const unit = fc.constantFrom(
      "word ",
      "sentence. ",
      "\n\n",
      "🙂",
      "<&>",
      "&".repeat(900),
      "x".repeat(3_000),
    );
    const channel = channelAt("http://127.0.0.1:1");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const parts = splitTexts(channel, text);
        for (const part of parts) expect(sentLength(part)).toBeLessThanOrEqual(4_000);
        expect(parts.join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
      }),
      { numRuns: 60 },
    );
  });
});
