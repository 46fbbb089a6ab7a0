import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitTexts } from "../../../support/channels/split-texts.ts";
import { createInstagramChannel } from "../../../../activities/channels/instagram.ts";
import {
  ACCOUNT as PAGE_ACCOUNT,
  openMessaging,
  optionsFor,
  PART,
  CONTACT,
  signal,
} from "./open-messaging.ts";

const ID = "17841400000000001";
const ACCOUNT = { ...PAGE_ACCOUNT, channel: "instagram", externalId: ID };

test("a send goes to Instagram's own host by the account's id", async () => {
  const { instagram, fake, shown } = await openMessaging();
  expect(await instagram.send(PART, ACCOUNT, signal)).toMatchObject({ kind: "accepted" });
  expect(fake.log.entries(0)).toMatchObject([{ host: "graph.instagram.com", path: `/v25.0/${ID}/messages` }]);
  expect(await shown()).toMatchObject({
    messages: [{ to: CONTACT, text: PART.text, details: { product: "instagram" } }],
  });
});

test("a closed window has Instagram's own subcode, and does not apply to an agent's text", async () => {
  const { instagram, mark } = await openMessaging();
  await mark("window-closed");
  expect(await instagram.send(PART, ACCOUNT, signal)).toMatchObject({ class: "window", code: "10/2534022" });
  const agentPart = { ...PART, author: "agent" as const };
  expect(await instagram.send(agentPart, ACCOUNT, signal)).toMatchObject({ kind: "accepted" });
});

describe("a long reply", () => {
  const split = (text: string) => splitTexts(createInstagramChannel(optionsFor("http://127.0.0.1:9")), text);

  test.each([
    ["a".repeat(1_000), 1],
    ["a".repeat(1_001), 2],
    ["ж".repeat(500), 1],
    ["ж".repeat(501), 2],
    ["🙂".repeat(250), 1],
    ["🙂".repeat(251), 2],
  ])("%.4s… is cut at 1000 bytes", (text, parts) => {
    expect(split(text)).toHaveLength(parts);
  });

  test("is taken by Instagram part by part", async () => {
    const { instagram, shown } = await openMessaging();
    const parts = split("Wir öffnen um neun Uhr. ".repeat(120));
    for (const text of parts) await instagram.send({ ...PART, text }, ACCOUNT, signal);
    expect(parts.length).toBeGreaterThan(2);
    expect(await shown()).toMatchObject({ messages: parts.map((text) => ({ text })) });
  });

  test("never has a part of more than 1000 bytes, and loses no word", () => {
    const channel = createInstagramChannel(optionsFor("http://127.0.0.1:9"));
    const unit = fc.constantFrom("word ", "Sentence. ", "\n\n", "ж", "👩‍👩‍👧‍👦", "https://example.com/a?b=c ");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 500 }), (text) => {
        const parts = splitTexts(channel, text);
        for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(1_000);
        expect(parts.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
      }),
      { numRuns: 50 },
    );
  });
});
