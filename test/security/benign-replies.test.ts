import { describe, expect, it } from "vitest";
import { createAllowedLinks } from "../../activities/answer/safety/links/allowed-links.ts";
import { sanitiseReply } from "../../activities/answer/safety/sanitise-reply.ts";
import { createBenignReplies, PASSAGE } from "./benign-corpus.ts";

const links = createAllowedLinks({ passages: [PASSAGE], listed: [], phoneRegion: null });
const PLACEHOLDERS = { "[[EMAIL_1]]": "ada@mail.example" };
/** `SECURITY_CASES=40000` runs the whole bar. */
const CASES = Number(process.env["SECURITY_CASES"] ?? 4_000);

describe("a good reply", () => {
  it("reaches the contact byte for byte, with the links, addresses and numbers of its passages", () => {
    const altered: string[] = [];
    for (const reply of createBenignReplies(21, CASES)) {
      const sent = sanitiseReply(reply, { links, placeholders: PLACEHOLDERS });
      if (sent !== reply) altered.push(`${JSON.stringify(reply)} => ${JSON.stringify(sent)}`);
    }
    expect(altered).toEqual([]);
  });
});
