import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { twilioWhatsapp as channel } from "../../../../api/channels/twilio-whatsapp.ts";
import { signTwilioRequest } from "../../../../infra/runtime/signatures/twilio-signature.ts";
import { sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";

const SID = `AC${"a".repeat(32)}`;
const PHONE = "+15005550006";
const USER_ID = "US.13491208655302741918";
const MESSAGE = {
  MessageSid: `SM${"0".repeat(32)}`,
  AccountSid: SID,
  From: `whatsapp:${PHONE}`,
  To: "whatsapp:+15005550001",
  WaId: "15005550006",
  ProfileName: "Ada",
  Body: "Hi & bye ✓",
  NumMedia: "0",
  SmsStatus: "received",
};
const ACCOUNT = sampleAccount({
  channel: "twilio-whatsapp",
  externalId: SID,
  secrets: { inbound: ["new-token", "old-token"], outbound: ["new-token"] },
});

const requestOf = (fields: Record<string, string>) =>
  sampleRequest({
    headers: { "content-type": "application/x-www-form-urlencoded" },
    rawBody: Buffer.from(new URLSearchParams(fields).toString()),
  });
const parse = (changes: Record<string, string> = {}) =>
  channel.parse(requestOf({ ...MESSAGE, ...changes }), ACCOUNT);
const refusedFields = (changes: Record<string, string>) => {
  const parsed = parse(changes);
  return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
};

test("a body is signed as a text message is, by either token", () => {
  const request = requestOf(MESSAGE);
  const contentType = "application/x-www-form-urlencoded";
  const verify = (token: string, rawBody = request.rawBody) => {
    const signature = signTwilioRequest({ url: request.url, rawBody, contentType, token });
    return channel.verify(
      { ...request, headers: { ...request.headers, "x-twilio-signature": signature } },
      ACCOUNT,
    );
  };
  expect(verify("new-token")).toEqual({ ok: true, secretIndex: 0 });
  expect(verify("old-token")).toEqual({ ok: true, secretIndex: 1 });
  expect(verify("other")).toMatchObject({ code: "signature_invalid" });
  expect(verify("new-token", Buffer.from("Body=other"))).toMatchObject({ code: "signature_invalid" });
  expect(channel.verify(request, ACCOUNT)).toMatchObject({ code: "signature_missing" });
});

test.each(["Forwarded", "FrequentlyForwarded"])("a message with %s is marked as forwarded", (field) => {
  const text = "[forwarded message]\nSTOP";
  expect(parse({ Body: "STOP", [field]: "true" })).toMatchObject({
    events: [{ text, origin: "forward" }],
  });
});

describe("the contact", () => {
  test("goes by their number, without the prefix", () => {
    expect(parse()).toEqual({
      ok: true,
      events: [
        {
          kind: "message",
          providerMessageId: MESSAGE.MessageSid,
          from: PHONE,
          text: "Hi & bye ✓",
          origin: "typed",
          media: [],
          providerTime: null,
        },
      ],
    });
  });

  test.each([
    ["in a field beside the number", { ExternalUserId: USER_ID }],
    ["with the prefix", { ExternalUserId: `whatsapp:${USER_ID}` }],
    ["under the field's longer name", { ExternalUserIdentifier: USER_ID }],
    ["as the sender, with the number as WaId", { From: `whatsapp:${USER_ID}` }],
  ])("uses the business-scoped id if it is given %s, and keeps the number", (_where, fields) => {
    expect(parse(fields)).toMatchObject({ events: [{ from: USER_ID, aliases: [PHONE] }] });
  });

  test.each([
    ["whatsapp:US.1a2B", ""],
    ["whatsapp:US.ENT.1a2B", ""],
    ["whatsapp:US.1a2B", "no number"],
  ])("may hide the number: %s with the WaId %j", (from, waId) => {
    const [event] = (() => {
      const parsed = parse({ From: from, WaId: waId });
      return parsed.ok ? parsed.events : [];
    })();
    expect(event).toMatchObject({ kind: "message", from: from.slice("whatsapp:".length) });
    expect(event).not.toHaveProperty("aliases");
  });

  test("goes by the number where the id is none", () => {
    expect(parse({ ExternalUserId: "Ada" })).toMatchObject({ events: [{ from: PHONE }] });
  });

  test.each(["whatsapp:", "whatsapp:15005550006x", "whatsapp:us.1a", `whatsapp:US.${"1".repeat(129)}`])(
    "a contact with the address %.40s is rejected",
    (from) => {
      expect(refusedFields({ From: from, WaId: "" })).toEqual(["From"]);
    },
  );

  test.each([PHONE, "rcs:+15005550006"])("is not on WhatsApp as %s, and the way there is named", (from) => {
    expect(parse({ From: from })).toMatchObject({
      ok: false,
      problems: [{ field: "From", message: expect.stringContaining("twilio-sms") as string }],
    });
  });

  test("our own number is not a contact", () => {
    expect(parse({ From: `whatsapp:${ACCOUNT.address}` })).toEqual({
      ok: true,
      events: [{ kind: "ignored", what: "echo" }],
    });
  });
});

describe("a message", () => {
  test.each([
    [{ Body: "Yes", ButtonText: "Yes", ButtonPayload: "confirm-7" }, "Yes"],
    [{ Body: "Yes, please", ButtonText: "Yes" }, "Yes, please"],
    [{ Body: "", ButtonText: "Yes", ButtonPayload: "confirm-7" }, "Yes"],
    [{ Body: "", ButtonPayload: "confirm-7" }, "confirm-7"],
    [{ Body: "a\u0000b" }, "a\uFFFDb"],
    [{ Body: "" }, ""],
  ])("a message of %j has the text %j", (fields, text) => {
    expect(parse(fields)).toMatchObject({ ok: true, events: [{ kind: "message", text }] });
  });

  test("a pressed button without text is a message", () => {
    const { Body: _body, ...rest } = MESSAGE;
    expect(channel.parse(requestOf({ ...rest, ButtonText: "Yes" }), ACCOUNT)).toMatchObject({
      events: [{ text: "Yes" }],
    });
    expect(channel.parse(requestOf(rest), ACCOUNT)).toMatchObject({
      events: [{ kind: "ignored", what: "no_body" }],
    });
  });

  test("shows a location next to its files", () => {
    const place = { Latitude: "52.5200066", Longitude: "-13.404954", Label: "Office", Address: "A Street 1" };
    const picture = {
      NumMedia: "1",
      MediaUrl0: "https://api.twilio.com/m/0",
      MediaContentType0: "image/jpeg",
    };
    expect(parse({ Body: "", ...place, ...picture })).toMatchObject({
      events: [
        {
          text: "",
          media: [
            { kind: "image", ref: "https://api.twilio.com/m/0" },
            { kind: "location", contentType: null, ref: "geo:52.5200066,-13.404954", name: "Office" },
          ],
        },
      ],
    });
    expect(parse({ ...place, Label: "" })).toMatchObject({ events: [{ media: [{ name: "A Street 1" }] }] });
  });

  test.each([
    ["90", "180", 1],
    ["-90", "-180", 1],
    ["0", "0.0", 1],
    ["90.1", "0", 0],
    ["0", "180.1", 0],
    ["", "", 0],
    ["1", "", 0],
    ["north", "east", 0],
    ["1e1", "0", 0],
    ["0x10", "0", 0],
  ])("a message at %j, %j has %i places", (latitude, longitude, places) => {
    expect(parse({ Latitude: latitude, Longitude: longitude })).toMatchObject({
      events: [{ media: { length: places } }],
    });
  });

  test("can come with the contact's consent", () => {
    expect(parse({ ExternalUserId: USER_ID, OptOutType: "STOP" })).toMatchObject({
      events: [{ kind: "message" }, { kind: "consent", from: USER_ID, state: "opted_out" }],
    });
  });
});

describe("a status callback", () => {
  test.each([
    ["sent", "sent"],
    ["delivered", "delivered"],
    ["read", "read"],
    ["undelivered", "failed"],
  ])("a status callback with the status %s is the receipt %s", (status, state) => {
    const fields = { From: MESSAGE.To, To: MESSAGE.From, MessageStatus: status, SmsStatus: status };
    expect(parse(fields)).toMatchObject({
      events: [{ kind: "receipt", providerId: MESSAGE.MessageSid, state, code: null }],
    });
  });

  test("names the closed window", () => {
    expect(parse({ MessageStatus: "failed", ErrorCode: "63016" })).toMatchObject({
      events: [{ kind: "receipt", state: "failed", code: "63016" }],
    });
  });
});

test("a form of another account, or with no id, is refused by its fields", () => {
  expect(refusedFields({ AccountSid: `AC${"b".repeat(32)}`, MessageSid: "wamid.1" })).toEqual([
    "MessageSid",
    "AccountSid",
  ]);
});

test("no form makes it fail, and every message has an address without the prefix", () => {
  const names = fc.constantFrom(
    ...Object.keys(MESSAGE),
    "ExternalUserId",
    "Latitude",
    "Longitude",
    "ButtonText",
    "OptOutType",
    "MessageStatus",
    "MediaUrl0",
  );
  const values = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(USER_ID, `whatsapp:${USER_ID}`, "2", "STOP", "read", ""),
  );
  fc.assert(
    fc.property(fc.dictionary(names, values), (fields) => {
      const parsed = parse(fields);
      for (const event of parsed.ok ? parsed.events : [])
        if (event.kind === "message") expect(event.from).toMatch(/^(\+\d+|[A-Z]{2}\.[A-Za-z0-9.]+)$/);
    }),
    { numRuns: 500 },
  );
});
