import type { ServerResponse } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitTexts } from "../../../support/channels/split-texts.ts";
import { MESSENGER_ERROR_CLASSES } from "../../../../activities/channels/meta/messenger-error-classes.ts";
import { createMessengerChannel } from "../../../../activities/channels/messenger.ts";
import {
  ACCOUNT,
  json,
  openMessaging,
  optionsFor,
  PAGE,
  PART,
  CONTACT,
  sendToPeer,
  signal,
  TOKEN,
} from "./open-messaging.ts";

describe("a send", () => {
  test("reaches the contact, and its id is Meta's", async () => {
    const { messenger, fake, shown } = await openMessaging();
    const outcome = await messenger.send(PART, ACCOUNT, signal);
    expect(outcome).toEqual({ kind: "accepted", providerId: expect.stringMatching(/^m_/) });
    expect(await shown()).toMatchObject({
      messages: [{ to: CONTACT, text: PART.text, details: { product: "messenger", account: PAGE } }],
    });
    expect(fake.log.entries(0)).toMatchObject([
      {
        method: "POST",
        path: `/v25.0/${PAGE}/messages`,
        body: { recipient: { id: CONTACT }, messaging_type: "RESPONSE", message: { text: PART.text } },
      },
    ]);
  });

  test("carries the token in a header and nowhere else", async () => {
    const { requests } = await sendToPeer(json(200, { message_id: "m_1" }));
    expect(requests).toMatchObject([{ headers: { authorization: `Bearer ${TOKEN}` } }]);
    expect(`${requests[0]?.path} ${requests[0]?.body}`).not.toContain(TOKEN);
  });

  test("an account without an id sends through the page of the token", async () => {
    const { messenger, fake } = await openMessaging();
    await messenger.send(PART, { ...ACCOUNT, externalId: null }, signal);
    expect(fake.log.entries(0)).toMatchObject([{ path: "/v25.0/me/messages" }]);
  });

  describe("of an agent's text", () => {
    const agentPart = { ...PART, author: "agent" as const };
    const tagged = { messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT" };
    const late = { kind: "refused", class: "window", code: "10/2018278", retryAfterMs: null };

    test("a reply of an agent carries no tag within the first day", async () => {
      const { messenger, fake } = await openMessaging();
      expect(await messenger.send(agentPart, ACCOUNT, signal)).toMatchObject({ kind: "accepted" });
      expect(fake.log.entries(0)).toMatchObject([{ body: { messaging_type: "RESPONSE" } }]);
      expect(fake.log.entries(0)[0]?.body).not.toHaveProperty("tag");
    });

    test("a reply of an agent carries the tag after the first day, for up to seven days", async () => {
      const { messenger, mark, shown, fake } = await openMessaging();
      await mark("window-closed");
      expect(await messenger.send(agentPart, ACCOUNT, signal)).toMatchObject({ kind: "accepted" });
      await mark("human-window-closed");
      expect(await messenger.send(agentPart, ACCOUNT, signal)).toEqual(late);
      const tries = [{ messaging_type: "RESPONSE" }, tagged, { messaging_type: "RESPONSE" }, tagged];
      expect(fake.log.entries(0)).toMatchObject(tries.map((body) => ({ body })));
      expect(await shown()).toMatchObject({ messages: [{ details: { tag: "HUMAN_AGENT" } }], next: 1 });
    });

    test("a reply of an agent is sent once when the window is not the cause of the refusal", async () => {
      const { outcome, requests } = await sendToPeer(json(400, { error: { code: 551 } }), agentPart);
      expect(outcome).toMatchObject({ class: "permanent" });
      expect(requests).toHaveLength(1);
    });
  });

  test("a reply of the assistant never carries the tag", async () => {
    const { messenger, mark, fake } = await openMessaging();
    await mark("window-closed");
    expect(await messenger.send(PART, ACCOUNT, signal)).toMatchObject({ class: "window" });
    expect(fake.log.entries(0)).toMatchObject([{ body: { messaging_type: "RESPONSE" } }]);
    expect(JSON.stringify(fake.log.entries(0))).not.toContain("HUMAN_AGENT");
  });

  test("a send to a contact who blocked the page is refused until the contact unblocks it", async () => {
    const { messenger, mark, unmark } = await openMessaging();
    await mark("blocked");
    expect(await messenger.send(PART, ACCOUNT, signal)).toMatchObject({
      class: "permanent",
      code: "551/1545041",
    });
    await unmark("blocked");
    expect(await messenger.send(PART, ACCOUNT, signal)).toMatchObject({ kind: "accepted" });
  });

  test.each([
    ["a wrong token", { ...ACCOUNT, secrets: { inbound: [], outbound: ["old"] } }, "190"],
    ["no token", { ...ACCOUNT, secrets: { inbound: [], outbound: [] } }, "access_token_missing"],
  ])("a send with %s is a configuration error", async (_what, account, code) => {
    const { messenger } = await openMessaging();
    expect(await messenger.send(PART, account, signal)).toMatchObject({
      kind: "refused",
      class: "config",
      code,
    });
  });
});

describe("an answer", () => {
  const errorOf = (key: string) => {
    const [code, subcode] = key.split("/");
    const fields = { code: code === "any" ? 9 : Number(code), message: "no" };
    return { error: subcode === undefined ? fields : { ...fields, error_subcode: Number(subcode) } };
  };

  test.each(Object.entries(MESSENGER_ERROR_CLASSES))("a response with error %s is %s", async (key, kind) => {
    const { outcome } = await sendToPeer(json(400, errorOf(key)));
    expect(outcome).toMatchObject({ kind: "refused", class: kind, code: key.replace("any", "9") });
  });

  test.each([
    ["2", "retry"],
    ["10", "config"],
    ["10/2018278", "window"],
    ["10/2534022", "window"],
    ["551", "permanent"],
    ["551/1545041", "permanent"],
    ["613", "throttle"],
    ["613/1996", "throttle"],
    ["190/460", "config"],
    ["200", "config"],
    ["299", "config"],
    ["100/2018001", "permanent"],
    ["100/33", "config"],
    ["1/99", "config"],
    ["1/1357046", "retry"],
  ])("error %s means %s, whatever the HTTP status is", async (key, kind) => {
    expect((await sendToPeer(json(500, errorOf(key)))).outcome).toMatchObject({ class: kind });
  });

  test("the outcome contains the wait that Meta asks for", async () => {
    const { outcome } = await sendToPeer(json(429, errorOf("613"), { "retry-after": "7" }));
    expect(outcome).toMatchObject({ class: "throttle", retryAfterMs: 7_000 });
  });

  test.each([
    ["is lost", (response: ServerResponse) => void response.destroy()],
    ["has no id", json(200, { recipient_id: CONTACT })],
    ["is not JSON", (response: ServerResponse) => void response.end("ok")],
  ])("a response that %s makes the outcome unknown", async (_what, answer) => {
    expect((await sendToPeer(answer)).outcome).toMatchObject({ kind: "unknown" });
  });

  test("a lost response is never followed by a second send", async () => {
    const { messenger, fake, shown } = await openMessaging();
    fake.faults.replace([{ match: {}, times: 1, fault: { accept_then_drop: true } }]);
    expect(await messenger.send(PART, ACCOUNT, signal)).toEqual({ kind: "unknown", code: "response_lost" });
    expect(await shown()).toMatchObject({ messages: [{ seq: 1 }], next: 1 });
    expect(messenger.deliveryClass).toBe("at-most-once");
  });
});

test("typing is shown by a sender action, and is no message", async () => {
  const { messenger, fake, shown } = await openMessaging();
  await messenger.indicateTyping?.({ to: CONTACT, thread: "", inReplyTo: [] }, ACCOUNT, signal);
  expect(fake.log.entries(0)).toMatchObject([
    { body: { recipient: { id: CONTACT }, sender_action: "typing_on" }, status: 200 },
  ]);
  expect(await shown()).toEqual({ messages: [], next: 0 });
});

describe("a long reply", () => {
  const split = (text: string) => splitTexts(createMessengerChannel(optionsFor("http://127.0.0.1:9")), text);

  test("is cut at 2000 characters", () => {
    expect(split("a".repeat(2_000))).toHaveLength(1);
    expect(split("a".repeat(2_001))).toHaveLength(2);
  });

  test("never has a part of more than 2000 characters, and loses no word", () => {
    const channel = createMessengerChannel(optionsFor("http://127.0.0.1:9"));
    const unit = fc.constantFrom("word ", "Sentence. ", "\n\n", "ж", "👩‍👩‍👧‍👦", "https://example.com/a?b=c ");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 900 }), (text) => {
        const parts = splitTexts(channel, text);
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(2_000);
        expect(parts.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
      }),
      { numRuns: 50 },
    );
  });
});

test("the reply window is one day for the assistant and seven days for an agent", async () => {
  const { messenger } = await openMessaging();
  expect(messenger).toMatchObject({
    name: "messenger",
    receipts: true,
    replyWindowMs: 86_400_000,
    agentReplyWindowMs: 7 * 86_400_000,
  });
});
