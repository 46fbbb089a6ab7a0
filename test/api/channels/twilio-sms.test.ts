import twilio from "twilio";
import { describe, expect, test } from "vitest";
import { twilioSms as channel } from "../../../api/channels/twilio-sms.ts";
import type { ChannelAccount } from "../../../db/channel-account.ts";
import { NOW } from "../../support/channels/samples.ts";

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
  settings: {},
};

function requestOf(fields: Record<string, string>, headers: Record<string, string | string[]> = {}) {
  return {
    url: URL_OF_ACCOUNT,
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    rawBody: Buffer.from(new URLSearchParams(fields).toString()),
    receivedAt: NOW,
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
      events: [
        {
          kind: "message",
          providerMessageId: MESSAGE.MessageSid,
          from: "+15005550006",
          text: "Hi & bye ✓",
          media: [],
          providerTime: null,
        },
      ],
    });
  });

  test.each(["", "👩‍👩‍👧 + 100% & =", "line\r\nline"])("keeps the text %j", (text) => {
    expect(parse({ Body: text })).toMatchObject({ ok: true, events: [{ kind: "message", text }] });
  });

  test("has U+FFFD in place of a NUL, which the stores do not take", () => {
    expect(parse({ Body: "a\u0000b" })).toMatchObject({ events: [{ text: "a\uFFFDb" }] });
  });

  test("may lack the status, as older accounts send it", () => {
    expect(without("SmsStatus")).toMatchObject({ events: [{ text: MESSAGE.Body }] });
  });

  test("without a text field says nothing to answer", () => {
    expect(without("Body")).toEqual({ ok: true, events: [{ kind: "ignored", what: "no_body" }] });
  });

  test("from our own number is an echo", () => {
    expect(parse({ From: ACCOUNT.sender })).toEqual({
      ok: true,
      events: [{ kind: "ignored", what: "echo" }],
    });
  });
});

describe("a multimedia message", () => {
  const sid = `MM${"1".repeat(32)}`;
  const mediaOf = (fields: Record<string, string>) => {
    const parsed = parse({ MessageSid: sid, ...fields });
    const [event] = parsed.ok ? parsed.events : [];
    return event?.kind === "message" ? event.media : null;
  };

  test("may be a picture with no text", () => {
    const fields = {
      NumMedia: "1",
      MediaUrl0: "https://api.twilio.com/m/0",
      MediaContentType0: "image/jpeg",
    };
    const media = [
      { kind: "image", contentType: "image/jpeg", ref: "https://api.twilio.com/m/0", name: null },
    ];
    expect(parse({ MessageSid: sid, Body: "", ...fields })).toMatchObject({
      events: [{ kind: "message", providerMessageId: sid, text: "", media }],
    });
    const form = new URLSearchParams({ ...MESSAGE, ...fields });
    form.delete("Body");
    const bare = { ...requestOf({}), rawBody: Buffer.from(form.toString()) };
    expect(channel.parse(bare, ACCOUNT)).toMatchObject({ events: [{ kind: "message", text: "", media }] });
  });

  test.each([
    ["image/png", "image"],
    ["Video/mp4", "video"],
    ["audio/ogg; codecs=opus", "audio"],
    ["text/vcard", "contact"],
    ["text/x-vcard; charset=utf-8", "contact"],
    ["application/pdf", "document"],
    ["", "document"],
  ])("with a part of type %j shows a part of kind %s", (type, kind) => {
    const fields = { NumMedia: "1", MediaUrl0: "https://api.twilio.com/m/0", MediaContentType0: type };
    expect(mediaOf(fields)).toMatchObject([{ kind }]);
  });

  test.each([
    ["3", 3],
    ["11", 10],
    ["1000000000", 10],
    ["-1", 0],
    ["1.5", 1],
    ["many", 0],
    ["", 0],
  ])("that claims to have %j parts has %i", (count, parts) => {
    expect(mediaOf({ NumMedia: count })).toHaveLength(parts);
  });
});

describe("a status callback", () => {
  test.each([
    ["sent", "sent"],
    ["delivered", "delivered"],
    ["partially_delivered", "delivered"],
    ["read", "read"],
    ["undelivered", "failed"],
    ["failed", "failed"],
    ["canceled", "failed"],
  ])("that says %s is the receipt %s of our message", (status, state) => {
    const providerId = MESSAGE.MessageSid;
    expect(parse({ SmsStatus: status, MessageStatus: status })).toEqual({
      ok: true,
      events: [{ kind: "receipt", providerId, state, code: null, providerTime: null }],
    });
    expect(parse({ SmsStatus: status })).toMatchObject({ events: [{ kind: "receipt", state }] });
  });

  test.each(["accepted", "scheduled", "queued", "sending", "receiving", "constructor"])(
    "that says %s tells nothing yet",
    (status) => {
      const events = [{ kind: "ignored", what: `status.${status}` }];
      expect(parse({ MessageStatus: status })).toEqual({ ok: true, events });
    },
  );

  test("has Twilio's code of a failure", () => {
    expect(parse({ MessageStatus: "undelivered", ErrorCode: "30003" })).toMatchObject({
      events: [{ state: "failed", code: "30003" }],
    });
  });

  test("needs no sender, and its name is fit for a label whatever the state is", () => {
    expect(parse({ MessageStatus: "delivered", From: "" })).toMatchObject({ events: [{ kind: "receipt" }] });
    expect(parse({ MessageStatus: `odd state/${"x".repeat(200)}` })).toMatchObject({
      events: [{ what: expect.stringMatching(/^status\.odd_state_x{1,50}$/) as string }],
    });
  });
});

describe("advanced opt-out", () => {
  test.each([
    ["STOP", "opted_out"],
    ["START", "opted_in"],
  ])("of type %s comes behind its message as the consent %s", (type, state) => {
    expect(parse({ Body: "genug", OptOutType: type })).toMatchObject({
      events: [
        { kind: "message", text: "genug" },
        { kind: "consent", from: MESSAGE.From, state, source: "advanced_opt_out" },
      ],
    });
  });

  test.each(["HELP", "", "stop"])("of type %j is no more than a message", (type) => {
    expect(parse({ OptOutType: type })).toMatchObject({ events: [{ kind: "message" }] });
    expect(parse({ OptOutType: type })).toMatchObject({ events: { length: 1 } });
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
      problems: [{ field: "MessageSid" }, { field: "AccountSid" }, { field: "From" }],
    });
  });

  test.each(["whatsapp:+15005550006", "x".repeat(257)])("comes from %.20s", (from) => {
    expect(parse({ From: from })).toMatchObject({ ok: false, problems: [{ field: "From" }] });
  });
});

test("is acknowledged with empty TwiML: any plain text would be sent to the person", () => {
  expect(channel.acknowledgement).toEqual({ status: 200, contentType: "text/xml", body: "<Response/>" });
});
