import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitTexts } from "../../../support/channels/split-texts.ts";
import { renderMarkdown } from "../../../../activities/answer/markdown/render-markdown.ts";
import { TELEGRAM_ERROR_CLASSES } from "../../../../activities/channels/telegram/telegram-error-classes.ts";
import { respondWith, openHttpPeer } from "../../../support/http-peer.ts";
import { ACCOUNT, channelAt, openTelegram, PART, signal, TOKEN } from "./open-telegram.ts";

const GROUP = "-1001234567890";
const GROUP_PART = { ...PART, thread: GROUP, inReplyTo: [`${GROUP}:8`, `${GROUP}:9`] };

type Part = typeof PART;

async function sendAndReadBody(part: Part) {
  const { channel, readSent } = await openTelegram();
  const outcome = await channel.send(part, ACCOUNT, signal);
  expect(outcome).toMatchObject({ kind: "accepted" });
  expect(readSent()).toMatchObject([{ path: `/bot${TOKEN}/sendMessage` }]);
  return readSent()[0]?.body;
}

/** What the channel makes of an answer. */
async function outcomeOf(status: number, body: unknown, headers: Record<string, string> = {}) {
  const { fake, channel } = await openTelegram();
  const text = typeof body === "string" ? body : JSON.stringify(body);
  fake.faults.replace([{ match: {}, times: 1, fault: { status, headers, body: text } }]);
  return await channel.send(PART, ACCOUNT, signal);
}

const refusal = (code: number, description: string, parameters?: object) =>
  outcomeOf(code, { ok: false, error_code: code, description, parameters });

describe("a send", () => {
  test("is one call in plain text without a preview, and its id holds the chat's", async () => {
    const { channel, readSent } = await openTelegram();
    const text = "*not bold* <b>nor this</b> https://example.com";
    expect(await channel.send({ ...PART, text }, ACCOUNT, signal)).toEqual({
      kind: "accepted",
      providerId: "6100200300:1",
    });
    expect(readSent()).toEqual([
      {
        path: `/bot${TOKEN}/sendMessage`,
        body: { chat_id: 6_100_200_300, text, link_preview_options: { is_disabled: true } },
      },
    ]);
  });

  test("the marks of a reply are entities, in UTF-16 units and as Telegram nests them", async () => {
    const { text, marks } = renderMarkdown("🙂 **Hours: `9`**\n\n> _so_ ~~no~~ `x`\n\n```\ncode\n```");
    expect(await sendAndReadBody({ ...PART, text, marks })).toMatchObject({
      text: "🙂 Hours: 9\n\nso no x\n\ncode",
      entities: [
        { type: "bold", offset: 3, length: 8 },
        { type: "blockquote", offset: 13, length: 7 },
        { type: "italic", offset: 13, length: 2 },
        { type: "strikethrough", offset: 16, length: 2 },
        { type: "code", offset: 19, length: 1 },
        { type: "pre", offset: 22, length: 4 },
      ],
    });
  });

  test("a send to a group replies to the last message there", async () => {
    expect(await sendAndReadBody(GROUP_PART)).toMatchObject({
      chat_id: -1_001_234_567_890,
      reply_parameters: { message_id: 9, allow_sending_without_reply: true },
    });
  });

  test("a send to a contact of a business account names the connection", async () => {
    expect(await sendAndReadBody({ ...PART, thread: "business:c1" })).toMatchObject({
      chat_id: Number(PART.to),
      business_connection_id: "c1",
    });
  });

  test("a send to a topic names the topic", async () => {
    expect(await sendAndReadBody({ ...GROUP_PART, thread: `${GROUP}:7` })).toMatchObject({
      chat_id: -1_001_234_567_890,
      message_thread_id: 7,
      reply_parameters: { message_id: 9 },
    });
  });

  test.each([
    ["a human begins", []],
    ["the message is of another chat", ["-5:9"]],
    ["the id is not one of Telegram's", ["in-1"]],
  ])("a send to a group replies to no message when %s", async (_what, inReplyTo) => {
    expect(await sendAndReadBody({ ...GROUP_PART, inReplyTo })).not.toHaveProperty("reply_parameters");
  });

  test("a send to a contact who blocked the bot is an opt-out", async () => {
    const { channel, setMark } = await openTelegram();
    await setMark("blocked", PART.to);
    expect(await channel.send(PART, ACCOUNT, signal)).toEqual({
      kind: "refused",
      class: "optout",
      code: "bot_blocked",
      retryAfterMs: null,
    });
  });

  test("a send to a chat that does not exist is a permanent error", async () => {
    const { channel, setMark } = await openTelegram();
    await setMark("unknown", PART.to);
    expect(await channel.send(PART, ACCOUNT, signal)).toMatchObject({
      class: "permanent",
      code: "chat_not_found",
    });
    expect(await channel.send({ ...PART, to: "ada" }, ACCOUNT, signal)).toMatchObject({
      code: "chat_not_found",
    });
  });

  test("a send to a public name uses the name as it is", async () => {
    const { channel, readSent } = await openTelegram();
    await channel.send({ ...PART, to: "@garden_club" }, ACCOUNT, signal);
    expect(readSent()).toMatchObject([{ body: { chat_id: "@garden_club" } }]);
  });
});

describe("a refusal", () => {
  test.each(TELEGRAM_ERROR_CLASSES.map((rule) => [rule.status, rule.words ?? "anything", rule] as const))(
    "status %i with %s is classified as the table says",
    async (status, words, rule) => {
      expect(await refusal(status, `Prefix: ${words.toUpperCase()} and more`)).toEqual({
        kind: "refused",
        class: rule.class,
        code: rule.code ?? String(status),
        retryAfterMs: null,
      });
    },
  );

  test.each([
    [401, "Unauthorized", "config"],
    [404, "Not Found", "config"],
    [409, "Conflict: terminated by other getUpdates request", "config"],
    [403, "Forbidden: bot was blocked by the user", "optout"],
    [403, "Forbidden: user is deactivated", "permanent"],
    [403, "Forbidden: bot was kicked from the supergroup chat", "permanent"],
    [403, "Forbidden: something new", "permanent"],
    [400, "Bad Request: chat not found", "permanent"],
    [400, "Bad Request: something new", "permanent"],
    [413, "Request Entity Too Large", "permanent"],
    [500, "Internal Server Error", "retry"],
    [502, "Bad Gateway", "retry"],
  ])("status %i with %s is %s", async (status, description, kind) => {
    expect(await refusal(status, description)).toMatchObject({ kind: "refused", class: kind });
  });

  test("a 429 gives the wait of the body, at most one day", async () => {
    const words = "Too Many Requests: retry after 5";
    expect(await refusal(429, words, { retry_after: 5 })).toEqual({
      kind: "refused",
      class: "throttle",
      code: "429",
      retryAfterMs: 5_000,
    });
    expect(await refusal(429, words, { retry_after: 999_999 })).toMatchObject({ retryAfterMs: 86_400_000 });
    expect(await refusal(429, words, { retry_after: -1 })).toMatchObject({ retryAfterMs: null });
    expect(await outcomeOf(429, "slow down", { "retry-after": "3" })).toMatchObject({
      class: "throttle",
      code: "http_429",
      retryAfterMs: 3_000,
    });
  });

  const moved = {
    ok: false,
    error_code: 400,
    description: "Bad Request: group chat was upgraded to a supergroup chat",
    parameters: { migrate_to_chat_id: -1_009 },
  };

  test("a send to a group with a new id goes to the new id, without a reference to the old group", async () => {
    const { fake, channel, readSent } = await openTelegram();
    fake.faults.replace([{ match: {}, times: 1, fault: { status: 400, body: JSON.stringify(moved) } }]);
    const outcome = await channel.send(GROUP_PART, ACCOUNT, signal);
    expect(outcome).toMatchObject({
      kind: "accepted",
      providerId: expect.stringMatching(/^-1009:/) as string,
    });
    expect(readSent().at(-1)?.body).toMatchObject({ chat_id: -1_009 });
    expect(readSent().at(-1)?.body).not.toHaveProperty("reply_parameters");
  });

  test("a group that moves twice is a permanent refusal with its own code", async () => {
    const { fake, channel } = await openTelegram();
    fake.faults.replace([{ match: {}, times: 2, fault: { status: 400, body: JSON.stringify(moved) } }]);
    expect(await channel.send(GROUP_PART, ACCOUNT, signal)).toMatchObject({
      kind: "refused",
      class: "permanent",
      code: "chat_migrated",
    });
  });

  test.each([
    [401, "config"],
    [404, "config"],
    [409, "config"],
    [403, "permanent"],
    [302, "permanent"],
    [500, "retry"],
    [503, "retry"],
  ])("a gateway's page with status %i is %s", async (status, kind) => {
    expect(await outcomeOf(status, "<html>")).toMatchObject({
      kind: "refused",
      class: kind,
      code: `http_${status}`,
    });
  });
});

describe("without a clear answer", () => {
  test("a send is unknown where the message may have gone out", async () => {
    const { fake, channel } = await openTelegram();
    fake.faults.replace([{ match: {}, times: 1, fault: { accept_then_drop: true } }]);
    expect(await channel.send(PART, ACCOUNT, signal)).toEqual({ kind: "unknown", code: "response_lost" });
  });

  test.each([
    ["is no JSON", "<html>"],
    ["has no id", { ok: true, result: {} }],
    ["is empty", ""],
  ])("a send is unknown where a 200 %s", async (_what, body) => {
    expect(await outcomeOf(200, body)).toEqual({ kind: "unknown", code: "response_unreadable" });
  });

  test("a send is retried when Telegram could not be reached", async () => {
    const { channel, fake } = await openTelegram();
    await fake.close();
    expect(await channel.send(PART, ACCOUNT, signal)).toMatchObject({
      class: "retry",
      code: "not_connected",
    });
  });

  test("it is sent at most once", async () => {
    const { channel } = await openTelegram();
    expect(channel).toMatchObject({ deliveryClass: "at-most-once", receipts: false, replyWindowMs: null });
    expect(channel.reconcile).toBeUndefined();
  });
});

describe("the bot token", () => {
  const withToken = (token: string) => ({ ...ACCOUNT, secrets: { inbound: [], outbound: [token] } });

  test("the bot token is in no outcome and no error, whatever goes wrong", async () => {
    const peer = await openHttpPeer((response, request) => {
      // A redirect and a page that repeat the URL, as gateways do.
      respondWith(302, { location: request.path, "retry-after": request.path })(response);
    });
    const { channel, fake, url } = await openTelegram();
    const echo = JSON.stringify({ ok: false, error_code: 400, description: `no ${url}/bot${TOKEN}` });
    fake.faults.replace([
      { match: {}, times: 1, fault: { status: 400, body: echo } },
      { match: {}, times: 2, fault: { accept_then_drop: true } },
    ]);
    const errors: unknown[] = [
      await channel.send(PART, ACCOUNT, signal),
      await channel.send(PART, ACCOUNT, signal),
      await channel.indicateTyping?.(PART, ACCOUNT, signal).catch(textOf),
      await channelAt(peer.url).send(PART, ACCOUNT, signal),
      await channelAt("http://10.0.0.1:1").send(PART, ACCOUNT, AbortSignal.abort()),
      await channel.send(PART, withToken(`${TOKEN}/../x`), signal),
    ];
    expect(errors.filter((item) => item !== undefined)).toHaveLength(6);
    expect(JSON.stringify(errors)).not.toContain("secret-part");
    // Not a private address by permission this time: the guard itself refuses.
    const refused = await channelAt("ftp://127.0.0.1").send(PART, ACCOUNT, signal);
    expect(refused).toMatchObject({ kind: "refused", class: "config" });
    expect(JSON.stringify(refused)).not.toContain("secret-part");
  });

  test.each(["", "a/b", "1:a?x", "1:a#x", "../1", "1:a b", "1:a\n"])(
    "%j is not a valid bot token, and no request uses it",
    async (token) => {
      const { channel, readSent } = await openTelegram();
      expect(await channel.send(PART, withToken(token), signal)).toEqual({
        kind: "refused",
        class: "config",
        code: "bot_token_malformed",
        retryAfterMs: null,
      });
      await channel.indicateTyping?.(PART, withToken(token), signal);
      expect(readSent()).toEqual([]);
    },
  );

  test("a bot token that Telegram does not know is a configuration error", async () => {
    const { channel } = await openTelegram();
    expect(await channel.send(PART, withToken("7000000001:other"), signal)).toMatchObject({
      class: "config",
      code: "401",
    });
  });
});

/** All that a log could show of an error. */
function textOf(error: unknown): string {
  return error instanceof Error ? `${error.stack} ${String(error.cause)} ${JSON.stringify(error)}` : "";
}

test("typing is shown where the answer will come", async () => {
  const { channel, readSent } = await openTelegram();
  await channel.indicateTyping?.(PART, ACCOUNT, signal);
  await channel.indicateTyping?.({ ...PART, thread: `${GROUP}:7` }, ACCOUNT, signal);
  expect(readSent()).toEqual([
    { path: `/bot${TOKEN}/sendChatAction`, body: { chat_id: 6_100_200_300, action: "typing" } },
    {
      path: `/bot${TOKEN}/sendChatAction`,
      body: { chat_id: -1_001_234_567_890, message_thread_id: 7, action: "typing" },
    },
  ]);
});

test("a long reply goes in parts of 4096 UTF-16 units", () => {
  const channel = channelAt("http://127.0.0.1:1");
  expect(splitTexts(channel, "a".repeat(4_096))).toHaveLength(1);
  expect(splitTexts(channel, "a".repeat(4_097))).toHaveLength(2);
  expect(splitTexts(channel, "🙂".repeat(2_048))).toHaveLength(1);
  const unit = fc.constantFrom("word ", "sentence. ", "\n\n", "🙂", "👩‍👩‍👧‍👦", "x".repeat(3_000));
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      for (const part of splitTexts(channel, text)) expect(part.length).toBeLessThanOrEqual(4_096);
    }),
    { numRuns: 60 },
  );
});
