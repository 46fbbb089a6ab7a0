import type { ServerResponse } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitTexts } from "../../../support/channels/split-texts.ts";
import { WHATSAPP_ERROR_CLASSES } from "../../../../activities/channels/meta/whatsapp-error-classes.ts";
import {
  ACCOUNT,
  channelAt,
  json,
  NUMBER,
  openWhatsapp,
  PART,
  CONTACT,
  sendToPeer,
  signal,
  TOKEN,
  USER_ID,
} from "./open-whatsapp.ts";

const buildRefusal = (kind: string, code: string) => ({
  kind: "refused",
  class: kind,
  code,
  retryAfterMs: null,
});

describe("a send", () => {
  test("reaches the contact, and its id is WhatsApp's", async () => {
    const { whatsapp, fake, shown } = await openWhatsapp();
    expect(await whatsapp.send(PART, ACCOUNT, signal)).toEqual({
      kind: "accepted",
      providerId: expect.stringMatching(/^wamid\./),
    });
    expect(await shown()).toMatchObject({ messages: [{ to: CONTACT, text: PART.text }] });
    expect(fake.log.entries(0)).toMatchObject([{ method: "POST", path: `/v25.0/${NUMBER}/messages` }]);
    expect(fake.log.entries(0)[0]?.body).toEqual({
      messaging_product: "whatsapp",
      recipient_type: "individual",
      to: CONTACT,
      type: "text",
      text: { body: PART.text, preview_url: false },
      biz_opaque_callback_data: PART.deliveryId,
    });
  });

  test("carries the token in a header and nowhere else", async () => {
    const { requests } = await sendToPeer(json(200, { messages: [{ id: "wamid.1" }] }));
    expect(requests).toMatchObject([{ headers: { authorization: `Bearer ${TOKEN}` } }]);
    expect(`${requests[0]?.path} ${requests[0]?.body}`).not.toContain(TOKEN);
  });

  test.each([USER_ID, "DE.ENT.1a2B3c"])(
    "a send to %s names it as the recipient, never together with a number",
    async (to) => {
      const { whatsapp, fake, shown } = await openWhatsapp();
      expect(await whatsapp.send({ ...PART, to }, ACCOUNT, signal)).toMatchObject({ kind: "accepted" });
      expect(await shown()).toMatchObject({ messages: [{ to }] });
      const body = fake.log.entries(0)[0]?.body;
      expect(body).toMatchObject({ recipient: to });
      expect(body).not.toHaveProperty("to");
    },
  );

  test("an account without phone_number_id sends by its account address", async () => {
    const { whatsapp, fake } = await openWhatsapp();
    await whatsapp.send(PART, { ...ACCOUNT, externalId: null }, signal);
    expect(fake.log.entries(0)).toMatchObject([{ path: "/v25.0/15550783881/messages" }]);
  });

  test.each([
    ["a wrong token", { ...ACCOUNT, secrets: { inbound: [], outbound: ["old"] } }, "190"],
    ["no token", { ...ACCOUNT, secrets: { inbound: [], outbound: [] } }, "access_token_missing"],
  ])("a send with %s is a configuration error", async (_what, account, code) => {
    const { whatsapp } = await openWhatsapp();
    expect(await whatsapp.send(PART, account, signal)).toEqual(buildRefusal("config", code));
  });
});

describe("a contact", () => {
  const TEMPLATE = { ...PART, template: { name: "reply_ready", language: "en_US" } };

  test("a contact with a closed window gets the template, with the text on one line as its parameter", async () => {
    const { whatsapp, fake, mark, shown } = await openWhatsapp();
    await mark("window-closed");
    expect(await whatsapp.send(PART, ACCOUNT, signal)).toEqual(buildRefusal("window", "131047"));
    const text = " First line.\n\n\tSecond      line. ";
    expect(await whatsapp.send({ ...TEMPLATE, text }, ACCOUNT, signal)).toMatchObject({ kind: "accepted" });
    expect(await shown()).toMatchObject({ messages: [{ text: "First line. Second line." }] });
    expect(fake.log.entries(0)[1]?.body).toEqual({
      messaging_product: "whatsapp",
      recipient_type: "individual",
      to: CONTACT,
      type: "template",
      template: {
        name: "reply_ready",
        language: { code: "en_US" },
        components: [{ type: "body", parameters: [{ type: "text", text: "First line. Second line." }] }],
      },
      biz_opaque_callback_data: PART.deliveryId,
    });
  });

  test.each([
    ["opted-out", TEMPLATE, "optout", "131050"],
    ["unreachable", PART, "permanent", "131026"],
    ["pair-limited", PART, "throttle", "131056"],
  ])("a send to a contact who is %s is refused for that reason", async (name, part, kind, code) => {
    const { whatsapp, mark, shown } = await openWhatsapp();
    await mark(name);
    expect(await whatsapp.send(part, ACCOUNT, signal)).toEqual(buildRefusal(kind, code));
    expect(await shown()).toMatchObject({ messages: [] });
  });
});

describe("an answer", () => {
  const errorOf = (key: string) => {
    const [code, subcode] = key.split("/").map(Number);
    return { error: { code, message: "no", ...(subcode === undefined ? {} : { error_subcode: subcode }) } };
  };

  test.each(Object.entries(WHATSAPP_ERROR_CLASSES))(
    "a response with error %s is %s, whatever its HTTP status",
    async (key, kind) => {
      for (const status of [400, 500]) {
        const { outcome } = await sendToPeer(json(status, errorOf(key)));
        expect(outcome).toEqual(buildRefusal(kind, key));
      }
    },
  );

  test.each([
    ["1", "retry"],
    ["131000", "retry"],
    ["130429", "throttle"],
    ["131048", "throttle"],
    ["131056", "throttle"],
    ["80007", "throttle"],
    ["131047", "window"],
    ["470", "window"],
    ["131050", "optout"],
    ["100", "permanent"],
    ["131008", "permanent"],
    ["131009", "permanent"],
    ["131026", "permanent"],
    ["132000", "permanent"],
    ["100/33", "config"],
    ["190", "config"],
    ["200", "config"],
    ["299", "config"],
    ["131042", "config"],
    ["133010", "config"],
  ])("a response with error %s means %s", async (key, kind) => {
    expect((await sendToPeer(json(400, errorOf(key)))).outcome).toMatchObject({ class: kind });
  });

  test.each([
    [408, "retry"],
    [425, "retry"],
    [500, "retry"],
    [503, "retry"],
    [429, "throttle"],
    [401, "config"],
    [403, "config"],
    [400, "permanent"],
    [404, "permanent"],
  ])("a response of status %i with an unknown code is %s", async (status, kind) => {
    expect((await sendToPeer(json(status, errorOf("999999")))).outcome).toEqual(buildRefusal(kind, "999999"));
    expect((await sendToPeer(json(status, {}))).outcome).toEqual(buildRefusal(kind, `http_${status}`));
  });

  test("the outcome contains the wait that Meta asks for", async () => {
    const { outcome } = await sendToPeer(json(429, errorOf("130429"), { "retry-after": "7" }));
    expect(outcome).toMatchObject({ class: "throttle", retryAfterMs: 7_000 });
  });

  test.each([
    ["is lost", (response: ServerResponse) => void response.destroy()],
    ["has no id", json(200, { messages: [] })],
    ["has an empty id", json(200, { messages: [{ id: "" }] })],
    ["is not JSON", (response: ServerResponse) => void response.end("ok")],
  ])("a response that %s makes the outcome unknown", async (_what, answer) => {
    expect((await sendToPeer(answer)).outcome).toMatchObject({ kind: "unknown" });
  });

  test("a send with a lost response is not repeated, and the message carries an id for the later status", async () => {
    const { whatsapp, fake, shown } = await openWhatsapp();
    fake.faults.replace([{ match: {}, times: 1, fault: { accept_then_drop: true } }]);
    expect(await whatsapp.send(PART, ACCOUNT, signal)).toEqual({ kind: "unknown", code: "response_lost" });
    expect(await shown()).toMatchObject({
      messages: [{ seq: 1, details: { callbackData: PART.deliveryId } }],
      next: 1,
    });
    expect(whatsapp.deliveryClass).toBe("at-most-once");
  });
});

describe("a late failure", () => {
  test.each([
    ["131047", "window"],
    ["131026", "permanent"],
    ["131050", "optout"],
    ["130472", "permanent"],
    ["131000", "retry"],
    ["131056", "throttle"],
    ["131042", "config"],
    ["200", "config"],
    ["999999", "permanent"],
    ["", "permanent"],
    ["not a number", "permanent"],
    ["constructor", "permanent"],
  ])("a late failure with the code %j means %s", (code, kind) => {
    expect(channelAt("http://127.0.0.1:9").classifyReceipt?.(code)).toBe(kind);
  });
});

describe("typing", () => {
  const recipient = { to: CONTACT, thread: "" };

  test("answers the last message, which is read by it, and is no message", async () => {
    const { whatsapp, fake, shown } = await openWhatsapp();
    const inReplyTo = ["wamid.in-1", "wamid.in-2"];
    await whatsapp.indicateTyping?.({ ...recipient, inReplyTo }, ACCOUNT, signal);
    expect(fake.log.entries(0)).toMatchObject([{ status: 200 }]);
    expect(fake.log.entries(0)[0]?.body).toEqual({
      messaging_product: "whatsapp",
      status: "read",
      message_id: "wamid.in-2",
      typing_indicator: { type: "text" },
    });
    expect(await shown()).toEqual({ messages: [], next: 0 });
  });

  test("typing cannot be shown without a message to answer", async () => {
    const { whatsapp, fake } = await openWhatsapp();
    await whatsapp.indicateTyping?.({ ...recipient, inReplyTo: [] }, ACCOUNT, signal);
    expect(fake.log.entries(0)).toEqual([]);
  });
});

describe("a long reply", () => {
  const split = (text: string) => splitTexts(channelAt("http://127.0.0.1:9"), text);

  test("is cut at 4096 characters", () => {
    expect(split("a".repeat(4_096))).toHaveLength(1);
    expect(split("a".repeat(4_097))).toHaveLength(2);
  });

  test("never has a part that WhatsApp would not take, and loses no word", () => {
    const unit = fc.constantFrom("word ", "Sentence. ", "\n\n", "ж", "👩‍👩‍👧‍👦", "https://example.com/a?b=c ");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 1_500 }), (text) => {
        const parts = split(text);
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(4_096);
        expect(parts.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
      }),
      { numRuns: 50 },
    );
  });
});

test("free text may be sent for a day, at 80 messages per second in total and one in 6 s per contact", async () => {
  const { whatsapp } = await openWhatsapp();
  expect(whatsapp).toMatchObject({ name: "whatsapp", receipts: true, replyWindowMs: 86_400_000 });
  expect(whatsapp.rates.account).toEqual({ capacity: 80, refillPerSecond: 80 });
  expect(whatsapp.rates.recipient.refillPerSecond).toBeCloseTo(1 / 6);
});
