import { describe, expect, test } from "vitest";
import { parse, parseWithout } from "./twilio-form.ts";

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
    expect(parseWithout(["Body"], { MessageSid: sid, ...fields })).toMatchObject({
      events: [{ kind: "message", text: "", media }],
    });
  });

  test.each([
    ["image/png", "image"],
    ["Video/mp4", "video"],
    ["audio/ogg; codecs=opus", "audio"],
    ["text/vcard", "contact"],
    ["text/x-vcard; charset=utf-8", "contact"],
    ["application/pdf", "document"],
    ["", "document"],
  ])("a multimedia message with media of type %j has media of kind %s", (type, kind) => {
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
  ])("a multimedia message that announces %j media has %i media", (count, parts) => {
    expect(mediaOf({ NumMedia: count })).toHaveLength(parts);
  });
});
