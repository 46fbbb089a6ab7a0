import { describe, expect, test } from "vitest";
import { MESSAGE, parse } from "./twilio-form.ts";

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
        { kind: "consent", from: MESSAGE.From, state, source: "advanced_opt_out" },
      ],
    });
  });

  test.each(["HELP", "", "stop"])("an opt-out of type %j is only a message", (type) => {
    expect(parse({ OptOutType: type })).toMatchObject({ events: [{ kind: "message" }] });
    expect(parse({ OptOutType: type })).toMatchObject({ events: { length: 1 } });
  });
});
