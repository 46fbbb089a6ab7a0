import twilio from "twilio";
import { describe, expect, test } from "vitest";
import { inboundChannels } from "../../../api/channels/registry.ts";
import type { ChannelAccount } from "../../../db/channel-account.ts";

const channel = inboundChannels["twilio-sms"];
const URL_OF_ACCOUNT = "https://chat.example.com/webhooks/twilio-sms/main";
const SID = `AC${"a".repeat(32)}`;
const MESSAGE = {
  MessageSid: `SM${"0".repeat(32)}`,
  AccountSid: SID,
  From: "+15005550006",
  To: "+15005550001",
  Body: "Hi & bye ✓",
  NumMedia: "0",
  SmsStatus: "received",
};
const ACCOUNT: ChannelAccount = {
  tenantId: "acme",
  accountId: "main",
  channel: "twilio-sms",
  sender: "+15005550001",
  externalId: SID,
  secrets: { inbound: ["new-token", "old-token"], outbound: ["new-token"] },
};

function requestOf(fields: Record<string, string>, headers: Record<string, string | string[]> = {}) {
  return {
    url: URL_OF_ACCOUNT,
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    rawBody: Buffer.from(new URLSearchParams(fields).toString()),
    receivedAt: new Date(),
  };
}

const parse = (changes: Record<string, string> = {}) =>
  channel.parse(requestOf({ ...MESSAGE, ...changes }), ACCOUNT);

function without(...names: string[]) {
  const fields = Object.entries(MESSAGE).filter(([name]) => !names.includes(name));
  return channel.parse(requestOf(Object.fromEntries(fields)), ACCOUNT);
}

describe("the signature", () => {
  const signed = (token: string) => ({
    "x-twilio-signature": twilio.getExpectedTwilioSignature(token, URL_OF_ACCOUNT, MESSAGE),
  });

  test("may be made with either token, and with no other", () => {
    expect(channel.verify(requestOf(MESSAGE, signed("new-token")), ACCOUNT)).toEqual({
      ok: true,
      secretIndex: 0,
    });
    expect(channel.verify(requestOf(MESSAGE, signed("old-token")), ACCOUNT)).toEqual({
      ok: true,
      secretIndex: 1,
    });
    expect(channel.verify(requestOf(MESSAGE, signed("other")), ACCOUNT)).toMatchObject({
      code: "signature_invalid",
    });
  });

  test("must be there, once", () => {
    expect(channel.verify(requestOf(MESSAGE), ACCOUNT)).toMatchObject({ code: "signature_missing" });
    const { "x-twilio-signature": signature } = signed("new-token");
    const twice = requestOf(MESSAGE, { "x-twilio-signature": [signature, signature] });
    expect(channel.verify(twice, ACCOUNT)).toMatchObject({ code: "header_repeated" });
  });

  test("covers every field", () => {
    const changed = requestOf({ ...MESSAGE, Body: "Hi" }, signed("new-token"));
    expect(channel.verify(changed, ACCOUNT)).toMatchObject({ code: "signature_invalid" });
  });

  test("that is wrong is not shown with the token", () => {
    expect(JSON.stringify(channel.verify(requestOf(MESSAGE, signed("x")), ACCOUNT))).not.toContain("token-");
  });
});

describe("a message", () => {
  test("is read from the form", () => {
    expect(parse()).toEqual({
      ok: true,
      messages: [
        {
          providerMessageId: MESSAGE.MessageSid,
          from: "+15005550006",
          text: "Hi & bye ✓",
          providerTime: null,
        },
      ],
    });
  });

  test.each(["", "a\u0000b", "👩‍👩‍👧 + 100% & =", "line\r\nline"])("keeps the text %j", (text) => {
    expect(parse({ Body: text })).toMatchObject({ ok: true, messages: [{ text }] });
  });

  test("may be a picture with no text", () => {
    const sid = `MM${"1".repeat(32)}`;
    expect(parse({ MessageSid: sid, Body: "", NumMedia: "1" })).toMatchObject({
      messages: [{ providerMessageId: sid, text: "" }],
    });
  });

  test("may lack the status, as older accounts send it", () => {
    expect(without("SmsStatus")).toMatchObject({ messages: [{ text: MESSAGE.Body }] });
  });
});

describe("a receipt", () => {
  test.each(["queued", "sent", "delivered", "undelivered", "failed"])(
    "that says %s is no message",
    (status) => {
      expect(parse({ SmsStatus: status, MessageStatus: status })).toEqual({ ok: true, messages: [] });
    },
  );

  test("has no body, and none is made up", () => {
    expect(without("Body")).toEqual({ ok: true, messages: [] });
    expect(without("Body", "SmsStatus")).toEqual({ ok: true, messages: [] });
  });
});

describe("a form that is refused", () => {
  test.each(["", "SM1", `XX${"0".repeat(32)}`, `SM${"0".repeat(33)}`, `SM${"g".repeat(32)}`])(
    "has the MessageSid %j",
    (sid) => {
      expect(parse({ MessageSid: sid })).toMatchObject({ ok: false, problems: [{ field: "MessageSid" }] });
    },
  );

  test("is of another account", () => {
    expect(parse({ AccountSid: `AC${"b".repeat(32)}` })).toMatchObject({
      problems: [{ field: "AccountSid" }],
    });
  });

  test("names every field that is missing", () => {
    const parsed = without("MessageSid", "From", "AccountSid");
    expect(parsed).toMatchObject({
      problems: [{ field: "MessageSid" }, { field: "From" }, { field: "AccountSid" }],
    });
  });
});

test("is acknowledged with empty TwiML: any plain text would be sent to the person", () => {
  expect(channel.acknowledgement).toEqual({ status: 200, contentType: "text/xml", body: "<Response/>" });
});
