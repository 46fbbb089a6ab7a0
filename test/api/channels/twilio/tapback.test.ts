import { describe, expect, test } from "vitest";
import { twilioSms } from "../../../../api/channels/twilio-sms.ts";
import { isTapback } from "../../../../api/channels/twilio/tapback.ts";
import { sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";

const OURS = "We are open Tuesday to Friday. Shall I book a slot for you?";

describe("a reaction that a phone writes as a text", () => {
  test.each([
    `Liked “${OURS}”`,
    `Liked "${OURS}"`,
    `Loved “We are open Tuesday…”`,
    `Loved “We are open Tuesday”…`,
    `Laughed at “${OURS}”`,
    `Emphasised “${OURS}”`,
    `Emphasized “${OURS}”`,
    `Questioned “${OURS}”`,
    `Disliked “Line one\nline two”`,
    "Loved an image",
    "Liked a message",
    `Removed a heart from “${OURS}”`,
    `Removed an exclamation mark from “${OURS}”`,
    `Reacted 🎉 to “${OURS}”`,
    `Removed 🎉 from “${OURS}”`,
    `👍 to “${OURS}”`,
    `\u200B👍\u200B to “\u200A${OURS}\u200A”`,
    `❤️ a “${OURS}”`,
    `Gefällt „${OURS}“`,
    `Hat mit 👍 auf „${OURS}“`,
    `A aimé « ${OURS} »`,
    `A réagi avec 🔥 à « ${OURS} »`,
    `Le gustó “${OURS}”`,
    `Le dio risa “${OURS}”`,
    `Ha messo “Mi piace” a “${OURS}”`,
    `Gostou de “${OURS}”`,
    `Понравилось «${OURS}»`,
  ])("is recognised: %s", (text) => {
    expect(isTapback(text)).toBe(true);
  });

  test.each([
    "Liked it a lot, thank you",
    "I loved “Tuesday to Friday”, but what about Sunday?",
    `You wrote “${OURS}” but the door was closed`,
    "“We are open” is what your site says. Is that right?",
    "Loved the tour! Can I book it again?",
    "👍",
    "👍 thank you",
    "Removed my bike from the rack, all good",
    "mag sein",
    'Can you engrave "Ada" on it?',
    "",
  ])("is not taken for one: %s", (text) => {
    expect(isTapback(text)).toBe(false);
  });

  test("is stored and gets no answer", () => {
    const account = sampleAccount({
      channel: "twilio-sms",
      address: "+15005550001",
      externalId: `AC${"0".repeat(32)}`,
    });
    const fields = {
      MessageSid: `SM${"0".repeat(32)}`,
      AccountSid: `AC${"0".repeat(32)}`,
      From: "+15005550006",
      To: "+15005550001",
      Body: `Liked “${OURS}”`,
    };
    const rawBody = Buffer.from(new URLSearchParams(fields).toString());
    expect(twilioSms.parse(sampleRequest({ rawBody }), account)).toMatchObject({
      ok: true,
      events: [{ kind: "message", text: `Liked “${OURS}”`, treatment: "no_answer" }],
    });
  });
});
