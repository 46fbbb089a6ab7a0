import { describe, expect, test } from "vitest";
import { twilioSms } from "../../../../api/channels/twilio-sms.ts";
import { signTwilioRequest } from "../../../../infra/runtime/signatures/twilio-signature.ts";
import { ACCOUNT, MESSAGE, parse, requestOf, URL_OF_ACCOUNT } from "./twilio-form.ts";

describe("a status callback", () => {
  test.each([
    ["sent", "sent"],
    ["delivered", "delivered"],
    ["partially_delivered", "delivered"],
    ["read", "read"],
    ["undelivered", "failed"],
    ["failed", "failed"],
    ["canceled", "failed"],
  ])("a status callback with the status %s is the receipt %s of our message", (status, state) => {
    const providerId = MESSAGE.MessageSid;
    expect(parse({ SmsStatus: status, MessageStatus: status })).toEqual({
      ok: true,
      events: [{ kind: "receipt", providerId, state, code: null, providerTime: null }],
    });
    expect(parse({ SmsStatus: status })).toMatchObject({ events: [{ kind: "receipt", state }] });
  });

  test.each(["accepted", "scheduled", "queued", "sending", "receiving", "constructor"])(
    "a status callback with the status %s is ignored",
    (status) => {
      const events = [{ kind: "ignored", what: `status.${status}` }];
      expect(parse({ MessageStatus: status })).toEqual({ ok: true, events });
    },
  );

  const DELIVERY = "6a1c7bb0-6a5e-4d59-9a37-0f6a52b7c9d1";
  const parseAt = (query: string, status: string) =>
    twilioSms.parse(
      { ...requestOf({ ...MESSAGE, MessageStatus: status }), url: `${URL_OF_ACCOUNT}${query}` },
      ACCOUNT,
    );

  test.each([
    ["accepted", "accepted"],
    ["scheduled", "accepted"],
    ["queued", "accepted"],
    ["sending", "accepted"],
    ["sent", "sent"],
    ["undelivered", "failed"],
  ])("a status callback %s at the URL of a part is the receipt %s with our id", (status, state) => {
    expect(parseAt(`?delivery=${DELIVERY}`, status)).toMatchObject({
      ok: true,
      events: [{ kind: "receipt", providerId: MESSAGE.MessageSid, state, deliveryId: DELIVERY }],
    });
  });

  test.each(["?delivery=1", "?delivery=", "?other=1"])("a callback at %s names no part of ours", (query) => {
    const { events = [] } = parseAt(query, "sent") as { events?: object[] };
    expect(events).toMatchObject([{ kind: "receipt", state: "sent" }]);
    expect(events[0]).not.toHaveProperty("deliveryId");
  });

  test("the signature covers our id in the URL", () => {
    const rawBody = Buffer.from(new URLSearchParams({ ...MESSAGE, MessageStatus: "sent" }).toString());
    const contentType = "application/x-www-form-urlencoded";
    const url = `${URL_OF_ACCOUNT}?delivery=${DELIVERY}`;
    const signature = signTwilioRequest({ url, rawBody, contentType, token: "new-token" });
    const headers = { "content-type": contentType, "x-twilio-signature": signature };
    const verifyAt = (called: string) =>
      twilioSms.verify({ url: called, rawBody, headers, receivedAt: new Date() }, ACCOUNT);
    expect(verifyAt(url)).toEqual({ ok: true, secretIndex: 0 });
    expect(verifyAt(URL_OF_ACCOUNT)).toMatchObject({ ok: false, code: "signature_invalid" });
    expect(verifyAt(url.replace("6a1c", "7a1c"))).toMatchObject({ ok: false, code: "signature_invalid" });
  });

  test("has Twilio's code of a failure", () => {
    expect(parse({ MessageStatus: "undelivered", ErrorCode: "30003" })).toMatchObject({
      events: [{ state: "failed", code: "30003" }],
    });
  });

  test("needs no From, and its name is a valid label in every state", () => {
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
  ])("an opt-out of type %s gives the consent %s after its message", (type, state) => {
    expect(parse({ Body: "genug", OptOutType: type })).toMatchObject({
      events: [
        { kind: "message", text: "genug" },
        {
          kind: "consent",
          from: MESSAGE.From,
          state,
          source: "advanced_opt_out",
          messageId: MESSAGE.MessageSid,
        },
      ],
    });
  });

  test.each(["HELP", "", "stop"])("an opt-out of type %j is only a message", (type) => {
    expect(parse({ OptOutType: type })).toMatchObject({ events: [{ kind: "message" }] });
    expect(parse({ OptOutType: type })).toMatchObject({ events: { length: 1 } });
  });
});
