import { describe, expect, test } from "vitest";
import { findWebhookType, WEBHOOK_TYPE_NAMES } from "../../../../api/channels/webhook/webhook-types.ts";
import { bodyOf, parse, refusedFields } from "./webhook-body.ts";

describe("a change", () => {
  const target = { id: "msg_0", from: "visitor-7" };
  const providerTime = new Date("2026-01-01T00:00:00Z");

  test("gives a message another text", () => {
    expect(parse(bodyOf("message.edited", { ...target, text: "x\ud800y" }))).toEqual({
      ok: true,
      events: [
        {
          kind: "edit",
          changeId: "msg_1",
          from: "visitor-7",
          targetMessageId: "msg_0",
          text: "x\ufffdy",
          providerTime,
        },
      ],
    });
  });

  test("takes a message back, in its own conversation", () => {
    expect(parse(bodyOf("message.deleted", { ...target, thread: "t-1", why: "typo" }))).toEqual({
      ok: true,
      events: [
        {
          kind: "delete",
          changeId: "msg_1",
          from: "visitor-7",
          thread: "t-1",
          targetMessageId: "msg_0",
          text: "",
          providerTime,
        },
      ],
    });
  });

  test.each([
    ["message.edited", { ...target }, ["data.text"]],
    ["message.edited", { ...target, text: " " }, ["data.text"]],
    ["message.edited", { text: "b" }, ["data.id", "data.from"]],
    ["message.edited", { ...target, id: "x".repeat(257), text: "b" }, ["data.id"]],
    ["message.deleted", { from: "a" }, ["data.id"]],
    ["message.deleted", { ...target, id: "a\u0000" }, ["data.id"]],
    ["message.deleted", { ...target, thread: 7 }, ["data.thread"]],
  ])("a change of type %s with %j is rejected at %j", (type, data, fields) => {
    expect(refusedFields(bodyOf(type, data))).toEqual(fields);
  });
});

describe("a receipt", () => {
  const receipt = (data: object) => parse(bodyOf("message.receipt", { message_id: "d-1", ...data }));

  test.each(["sent", "delivered", "read", "failed"])("says that our message is %s", (state) => {
    const providerTime = new Date("2026-01-01T00:00:00Z");
    expect(receipt({ state })).toEqual({
      ok: true,
      events: [{ kind: "receipt", providerId: "d-1", state, code: null, providerTime }],
    });
  });

  test.each([
    ["mailbox_full", "mailbox_full"],
    [131_026, "131026"],
    [null, null],
    ["x".repeat(100), "x".repeat(64)],
  ])("may give the code %j of a failure", (code, kept) => {
    expect(receipt({ state: "failed", code })).toMatchObject({ events: [{ code: kept }] });
  });

  test.each([
    [{ state: "lost" }, ["data.state"]],
    [{ state: "failed", code: {} }, ["data.code"]],
    [{ message_id: "", state: "read" }, ["data.message_id"]],
    [{ message_id: 7 }, ["data.message_id", "data.state"]],
  ])("a receipt with %j is rejected at %j", (data, fields) => {
    expect(refusedFields(bodyOf("message.receipt", { message_id: "d-1", ...data }))).toEqual(fields);
  });

  test.each([undefined, "soon", 1_767_225_600, "1969-12-31T23:59:59Z", "2026-01-02T00:00:01Z"])(
    "has no time where the body's is %j",
    (timestamp) => {
      const body = JSON.stringify({
        type: "message.receipt",
        timestamp,
        data: { message_id: "d-1", state: "read" },
      });
      expect(parse(body)).toMatchObject({ events: [{ providerTime: null }] });
    },
  );
});

describe("a type", () => {
  test.each(["message.received", "message.inbound"])("an event of the type %s is a message", (type) => {
    expect(parse(bodyOf(type, { from: "a", text: "b" }))).toMatchObject({ events: [{ kind: "message" }] });
  });

  test.each(["message.recieved", "message.sent", "constructor", "x".repeat(200), " "])(
    "the unknown type %.20j is refused with the names that exist, whatever its data is",
    (type) => {
      for (const data of [undefined, 7, { from: "a", text: "b" }]) {
        const parsed = parse(bodyOf(type, data));
        expect(parsed).toMatchObject({ ok: false, problems: [{ field: "type" }] });
        expect(JSON.stringify(parsed)).toMatch(/must be one of .*message\.received.*message\.receipt/);
        expect(JSON.stringify(parsed)).toContain(type.slice(0, 64));
      }
    },
  );

  test("the example of each type in the OpenAPI document is accepted under each of its names", () => {
    const examples = WEBHOOK_TYPE_NAMES.map((name) => parse(bodyOf(name, findWebhookType(name)?.example)));
    expect(examples).toMatchObject(WEBHOOK_TYPE_NAMES.map(() => ({ ok: true, events: [{}] })));
  });
});
