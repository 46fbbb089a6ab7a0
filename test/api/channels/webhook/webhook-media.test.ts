import { describe, expect, test } from "vitest";
import { message, parse } from "./webhook-body.ts";

describe("what a message shows", () => {
  const mediaOf = (data: object) => {
    const parsed = parse(message({ from: "a", ...data }));
    const [event] = parsed.ok ? parsed.events : [];
    return event?.kind === "message" ? { text: event.text, media: event.media } : null;
  };

  test("is stored with its text, in the caller's order", () => {
    const picture = {
      kind: "image",
      content_type: "image/png",
      url: "https://acme.example/1.png",
      name: "1.png",
    };
    expect(mediaOf({ text: "look", media: [picture, { kind: "location", url: "geo:1,2" }] })).toEqual({
      text: "look",
      media: [
        { kind: "image", contentType: "image/png", ref: "https://acme.example/1.png", name: "1.png" },
        { kind: "location", contentType: null, ref: "geo:1,2", name: null },
      ],
    });
  });

  test("needs no text", () => {
    expect(mediaOf({ media: [{ kind: "audio" }] })).toMatchObject({ text: "", media: [{ kind: "audio" }] });
    expect(mediaOf({ text: " ", media: [{}] })).toMatchObject({ text: " " });
  });

  test.each([
    [{ kind: "hologram", content_type: "video/mp4" }, "video"],
    [{ content_type: "IMAGE/webp" }, "image"],
    [{ content_type: "application/pdf" }, "document"],
    [{ kind: 7 }, "document"],
    [{}, "document"],
  ])("is of a kind that we know: %j is a %s", (item, kind) => {
    expect(mediaOf({ media: [item] })).toMatchObject({ media: [{ kind }] });
  });
});
