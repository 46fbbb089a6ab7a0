import { onTestFinished, describe, expect, test } from "vitest";
import { createLineChannel } from "../../../../activities/channels/line.ts";
import { createLineFake } from "../../../../infra/sandbox/fakes/line/line-fake.ts";
import { egressTo, NOW, sampleAccount, samplePart } from "../../../support/channels/samples.ts";

const BOT = `U${"b".repeat(32)}`;
const CONTACT = `U${"c".repeat(32)}`;
const GROUP = `C${"d".repeat(32)}`;
const TOKEN = "line-access-token+/=";
const ACCOUNT = sampleAccount({
  channel: "line",
  address: BOT,
  externalId: BOT,
  secrets: { inbound: [], outbound: [TOKEN] },
});
const PART = samplePart({ to: CONTACT });
const signal = new AbortController().signal;

async function openLine() {
  const fake = createLineFake({ accessToken: TOKEN, botUserId: BOT });
  const baseUrl = await fake.listen(0);
  onTestFinished(async () => await fake.close());
  const channel = createLineChannel({ egress: egressTo(baseUrl), baseUrl, now: () => NOW, random: () => 0 });
  const mark = async (name: string, to: string) =>
    await fetch(`${baseUrl}/__control/${name}`, { method: "POST", body: JSON.stringify({ to }) });
  const readMessages = async () =>
    ((await (await fetch(`${baseUrl}/__control/messages`)).json()) as { messages: { text: string }[] })
      .messages;
  return { fake, channel, mark, readMessages };
}

async function outcomeOf(status: number, body: unknown, headers: Record<string, string> = {}) {
  const { fake, channel } = await openLine();
  const text = typeof body === "string" ? body : JSON.stringify(body);
  fake.faults.replace([{ match: {}, times: 1, fault: { status, headers, body: text } }]);
  return await channel.send(PART, ACCOUNT, signal);
}

describe("a send", () => {
  test("is one push of one text, with the delivery's id as the retry key", async () => {
    const { fake, channel, readMessages } = await openLine();
    expect(await channel.send(PART, ACCOUNT, signal)).toEqual({
      kind: "accepted",
      providerId: expect.stringMatching(/^5\d{17}$/) as string,
    });
    expect(fake.log.entries()).toMatchObject([
      {
        path: "/v2/bot/message/push",
        body: { to: CONTACT, messages: [{ type: "text", text: PART.text }] },
      },
    ]);
    expect(await readMessages()).toMatchObject([{ details: { retryKey: PART.deliveryId } }]);
  });

  test("to a group goes to the group", async () => {
    const { fake, channel } = await openLine();
    await channel.send({ ...PART, thread: GROUP }, ACCOUNT, signal);
    expect(fake.log.entries()).toMatchObject([{ body: { to: GROUP } }]);
  });

  test("that is repeated after a lost response is accepted with the first id, and arrives once", async () => {
    const { fake, channel, readMessages } = await openLine();
    fake.faults.replace([{ match: {}, times: 1, fault: { accept_then_drop: true } }]);
    expect(await channel.send(PART, ACCOUNT, signal)).toEqual({ kind: "unknown", code: "response_lost" });
    const messages = await readMessages();
    expect(await channel.send(PART, ACCOUNT, signal)).toMatchObject({ kind: "accepted" });
    expect(await readMessages()).toEqual(messages);
  });

  test("with a token that would break the header is a wrong configuration", async () => {
    const { channel, fake } = await openLine();
    const account = { ...ACCOUNT, secrets: { inbound: [], outbound: ["a\r\nb"] } };
    expect(await channel.send(PART, account, signal)).toMatchObject({ class: "config" });
    expect(fake.log.entries()).toEqual([]);
  });
});

describe("a response", () => {
  test.each([
    [400, { message: "The request body has 1 error(s)" }, "permanent", "http_400"],
    [401, { message: "Authentication failed" }, "config", "http_401"],
    [403, { message: "Not authorized" }, "config", "http_403"],
    [429, { message: "The API rate limit has been exceeded. Try again later." }, "throttle", "http_429"],
    [429, { message: "You have reached your monthly limit." }, "config", "monthly_limit"],
    [500, "<html>", "retry", "http_500"],
  ])("status %i with %j is %s", async (status, body, refusalClass, code) => {
    expect(await outcomeOf(status, body)).toEqual({
      kind: "refused",
      class: refusalClass,
      code,
      retryAfterMs: null,
    });
  });

  test("with 409 is accepted only with the id of the first push", async () => {
    const message = "The retry key is already accepted";
    const first = { message, sentMessages: [{ id: "512345", quoteToken: "q" }] };
    expect(await outcomeOf(409, first)).toEqual({ kind: "accepted", providerId: "512345" });
    expect(await outcomeOf(409, { message })).toEqual({ kind: "unknown", code: "response_unreadable" });
  });

  test("with 200 and no id is unknown", async () => {
    for (const body of ["", "<html>", "{}", { sentMessages: [] }])
      expect(await outcomeOf(200, body)).toEqual({ kind: "unknown", code: "response_unreadable" });
  });

  test("with a wait keeps the wait", async () => {
    expect(await outcomeOf(429, {}, { "retry-after": "3" })).toMatchObject({ retryAfterMs: 3_000 });
  });
});

describe("the typing sign", () => {
  test("is a loading animation in a chat with one contact", async () => {
    const { fake, channel, readMessages } = await openLine();
    await channel.indicateTyping?.({ to: CONTACT, thread: "", inReplyTo: [] }, ACCOUNT, signal);
    expect(fake.log.entries()).toMatchObject([
      { path: "/v2/bot/chat/loading/start", status: 202, body: { chatId: CONTACT, loadingSeconds: 20 } },
    ]);
    expect(await readMessages()).toEqual([]);
  });

  test("is not shown in groups", async () => {
    const { fake, channel } = await openLine();
    await channel.indicateTyping?.({ to: CONTACT, thread: GROUP, inReplyTo: [] }, ACCOUNT, signal);
    expect(fake.log.entries()).toEqual([]);
  });
});
