import twilio from "twilio";
import { describe, expect, test } from "vitest";
import { twilioSms as channel } from "../../../../api/channels/twilio-sms.ts";
import { ACCOUNT, MESSAGE, parse, parseWithout, requestOf, URL_OF_ACCOUNT } from "./twilio-form.ts";

describe("the signature", () => {
  const signRequest = (token: string) => ({
    "x-twilio-signature": twilio.getExpectedTwilioSignature(token, URL_OF_ACCOUNT, MESSAGE),
  });

  test("may be made with either token, and with no other", () => {
    expect(channel.verify(requestOf(MESSAGE, signRequest("new-token")), ACCOUNT)).toEqual({
      ok: true,
      secretIndex: 0,
    });
    expect(channel.verify(requestOf(MESSAGE, signRequest("old-token")), ACCOUNT)).toEqual({
      ok: true,
      secretIndex: 1,
    });
    expect(channel.verify(requestOf(MESSAGE, signRequest("other")), ACCOUNT)).toMatchObject({
      code: "signature_invalid",
    });
  });

  test("no signature is computed for a body with more fields than Twilio sends", () => {
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
    const { "x-twilio-signature": signature } = signRequest("new-token");
    const twice = requestOf(MESSAGE, { "x-twilio-signature": [signature, signature] });
    expect(channel.verify(twice, ACCOUNT)).toMatchObject({ code: "header_repeated" });
  });

  test("covers every field", () => {
    const changed = requestOf({ ...MESSAGE, Body: "Hi" }, signRequest("new-token"));
    expect(channel.verify(changed, ACCOUNT)).toMatchObject({ code: "signature_invalid" });
  });

  test("a wrong signature is reported without the token", () => {
    expect(JSON.stringify(channel.verify(requestOf(MESSAGE, signRequest("x")), ACCOUNT))).not.toContain(
      "token-",
    );
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
          origin: "typed",
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

  test("a message without a text field is ignored", () => {
    expect(parseWithout(["Body"])).toEqual({ ok: true, events: [{ kind: "ignored", what: "no_body" }] });
  });

  test("a message from our own number is an echo", () => {
    expect(parse({ From: ACCOUNT.address })).toEqual({
      ok: true,
      events: [{ kind: "ignored", what: "echo" }],
    });
  });
});

describe("a form that is refused", () => {
  test.each(["", "SM1", `XX${"0".repeat(32)}`, `SM${"0".repeat(33)}`, `SM${"g".repeat(32)}`])(
    "a form with the MessageSid %j is rejected",
    (sid) => {
      expect(parse({ MessageSid: sid })).toMatchObject({ ok: false, problems: [{ field: "MessageSid" }] });
    },
  );

  test("a form of another account is rejected", () => {
    expect(parse({ AccountSid: `AC${"b".repeat(32)}` })).toMatchObject({
      problems: [{ field: "AccountSid" }],
    });
  });

  test("a rejected form is reported with every missing field", () => {
    const parsed = parseWithout(["MessageSid", "From", "AccountSid"]);
    expect(parsed).toMatchObject({
      problems: [{ field: "MessageSid" }, { field: "AccountSid" }, { field: "From" }],
    });
  });

  test.each(["whatsapp:+15005550006", "x".repeat(257)])(
    "a form from the number %.20s is rejected",
    (from) => {
      expect(parse({ From: from })).toMatchObject({ ok: false, problems: [{ field: "From" }] });
    },
  );
});

test("is acknowledged with empty TwiML: a plain text would be sent to the contact", () => {
  expect(channel.acknowledgement).toEqual({ status: 200, contentType: "text/xml", body: "<Response/>" });
});
