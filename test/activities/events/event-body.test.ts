import { expect, it } from "vitest";
import { formatEventBody } from "../../../activities/events/event-body.ts";

const EVENT = {
  id: "0b8f6f3c-8f0e-4a51-9a2b-3f6f5f1a7c11",
  ordinal: 1,
  tenantId: "acme",
  type: "message.received",
  conversationId: "5d0b6a1e-2f7c-4c55-8a0f-0e6f3b1d9a42",
  data: { message_id: "m1" },
  createdAt: new Date("2026-11-25T09:30:00Z"),
  relayedAt: null,
};
const dataOf = (body: string) => (JSON.parse(body) as { data: Record<string, unknown> }).data;

it("the body of an event has type, time, conversation and data, and no internal field", () => {
  expect(JSON.parse(formatEventBody(EVENT, undefined))).toEqual({
    type: "message.received",
    timestamp: "2026-11-25T09:30:00.000Z",
    data: { conversation_id: EVENT.conversationId, message_id: "m1" },
  });
});

it("a text that the endpoint does not include is absent, and a deleted text is null", () => {
  expect(dataOf(formatEventBody(EVENT, "Hi"))).toMatchObject({ text: "Hi" });
  expect(dataOf(formatEventBody(EVENT, null))).toMatchObject({ text: null });
  expect(dataOf(formatEventBody(EVENT, undefined))).not.toHaveProperty("text");
});

it.each(["a", "漢", "🙂", '"', "\u0001"])(
  "a long text of %j is cut below 20 kB and marked as cut",
  (letter) => {
    const text = letter.repeat(60_000);
    const body = formatEventBody(EVENT, text);
    const size = Buffer.byteLength(body);
    expect(size).toBeLessThan(20_000);
    expect(size).toBeGreaterThan(19_900);
    const data = dataOf(body);
    expect(data["text_cut"]).toBe(true);
    expect(text.startsWith(String(data["text"]))).toBe(true);
    expect(String(data["text"]).isWellFormed()).toBe(true);
  },
);

it("a text that fits is unchanged", () => {
  const text = "a".repeat(19_000);
  expect(dataOf(formatEventBody(EVENT, text))).toEqual({
    conversation_id: EVENT.conversationId,
    message_id: "m1",
    text,
  });
});
