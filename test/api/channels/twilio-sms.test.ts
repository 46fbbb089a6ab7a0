import twilio from "twilio";
import { describe, expect, test } from "vitest";
import { twilioSms as channel } from "../../../api/channels/twilio-sms.ts";
import { ACCOUNT, MESSAGE, parse, parseWithout, requestOf, URL_OF_ACCOUNT } from "./twilio-form.ts";

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

  test("of a body with more fields than Twilio sends is not even made", () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`Field${i}`, "x"]));
    const body = { ...MESSAGE, ...many };
    const signature = twilio.getExpectedTwilioSignature("new-token", URL_OF_ACCOUNT, body);
    const verdict = channel.verify(requestOf(body, { "x-twilio-signature": signature }), ACCOUNT);
    expect(verdict).toMatchObject({
      code: "signature_invalid",
      detail: expect.stringContaining("1000 fields"),
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
    expect(parseWithout(["SmsStatus"])).toMatchObject({ events: [{ text: MESSAGE.Body }] });
  });

  test("without a text field says nothing to answer", () => {
    expect(parseWithout(["Body"])).toEqual({ ok: true, events: [{ kind: "ignored", what: "no_body" }] });
  });

  test("from our own number is an echo", () => {
    expect(parse({ From: ACCOUNT.sender })).toEqual({
      ok: true,
      events: [{ kind: "ignored", what: "echo" }],
    });
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
    const parsed = parseWithout(["MessageSid", "From", "AccountSid"]);
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
