import { describe, expect, it } from "vitest";
import { createAllowedLinks } from "../../activities/answer/safety/links/allowed-links.ts";
import { sanitiseReply } from "../../activities/answer/safety/sanitise-reply.ts";
import { createBenignReplies, PASSAGE } from "./corpora/benign-corpus.ts";

const PLACEHOLDERS = { "[[EMAIL_1]]": "ada@mail.example" };
/** `SECURITY_CASES=40000` runs the whole bar. */
const CASES = Number(process.env["SECURITY_CASES"] ?? 4_000);

describe("a good reply", () => {
  it.each([null, "US", "DE", "FR", "GB", "IT", "CH"])(
    "reaches the contact byte for byte, with the links, addresses and numbers of its passages: region %s",
    (phoneRegion) => {
      const links = createAllowedLinks({ passages: [PASSAGE], listed: [], phoneRegion });
      const altered: string[] = [];
      for (const reply of createBenignReplies(21, CASES / 4)) {
        const sent = sanitiseReply(reply, { links, placeholders: PLACEHOLDERS });
        if (sent !== reply) altered.push(`${JSON.stringify(reply)} => ${JSON.stringify(sent)}`);
      }
      expect(altered).toEqual([]);
    },
  );
});
