import { describe, expect, test } from "vitest";
import type { TurnContext } from "../../../../activities/answer/retrieval/turn-context.ts";
import { screenText } from "../../../../activities/answer/safety/screen-text.ts";
import type { Notation } from "../../../../activities/channels/notation/notation.ts";

const CANARY = "ref-0123456789abcdef";
const CONTEXT: TurnContext = {
  businessName: "Acme",
  questions: ["Where?"],
  history: [],
  passages: [{ id: "1", title: "Returns", heading: "", text: "See https://shop.example/a_b_c." }],
  placeholders: { "[[EMAIL_1]]": "a_b_c@mail.example", "[[NAME_1]]": "**Ann**" },
  allowedLinks: ["shop.example"],
  phoneRegion: null,
  delimiter: "0123456789abcdef01234567",
  canary: CANARY,
};
const screen = (reply: string, notation: Notation = "plain") =>
  screenText({ reply, context: CONTEXT, knownSecrets: ["whsec_0123456789abcdef"], notation });
const read = (reply: string, notation?: Notation) => {
  const screened = screen(reply, notation);
  return screened.verdict === "pass" ? screened.reply.text : screened.reason;
};

test("a reply in Markdown passes as a text with marks, and a line tag is a line", () => {
  expect(screen("**Hours**<br>See [us](https://shop.example/a_b_c)")).toEqual({
    verdict: "pass",
    reply: {
      text: "Hours\nSee us (https://shop.example/a_b_c)",
      marks: [{ kind: "bold", start: 0, end: 5 }],
    },
  });
  expect(read("| Day | Hours |\n|-|-|\n| Tue<br/>Wed | 9 |")).toBe("Day: Tue, Wed, Hours: 9");
});

test("the details of the contact are no Markdown, and marks move with them", () => {
  expect(screen("**[[NAME_1]]**: [[EMAIL_1]] _ok_")).toEqual({
    verdict: "pass",
    reply: {
      text: "**Ann**: a_b_c@mail.example ok",
      marks: [
        { kind: "bold", start: 0, end: 7 },
        { kind: "italic", start: 28, end: 30 },
      ],
    },
  });
  expect(read("[[EMAIL_1]](https://shop.example/)")).toContain("a_b_c@mail.example");
});

describe("a rendering creates no link", () => {
  test.each([
    ["signs between its letters", "Go to evil.**exam**ple now"],
    ["a sign before its ending", "Go to evil*.*example now"],
    ["an escape", "Go to **evil**\\.example now"],
    ["code", "Go to evil.`example` now"],
    ["a struck stretch", "Go to evil~~.example~~ now"],
    ["an entity", "Go to evil.example&lt;/a now"],
    ["the definition of another link", "Go to [evil.][x]example\n\n[x]: #a"],
    ["signs in a number", "Call +1 900 **555** 0100 now"],
    ["a name for a mention", "Ask @**evil_name** now"],
    ["a title", 'Go [here](https://shop.example/ "evil.example") now'],
    ["a heading", "# evil.\n# example"],
  ])("no link comes from %s", (_, reply) => {
    for (const notation of ["plain", "gsm-7", "whatsapp", "slack", "separate"] as const) {
      const text = read(reply, notation);
      expect(text).not.toMatch(/evil[.\w]*example|555|@evil/);
    }
  });

  test("from the folding for SMS", () => {
    expect(read("Go to shop.example⁄⁄evil now", "gsm-7")).not.toMatch(/\/\/evil/);
    expect(read("Go to “evil…example” now", "gsm-7")).not.toMatch(/evil\.+example/);
  });
});

describe("a rendering hides no leak", () => {
  test.each([
    ["in the title of a link", `See [us](https://shop.example "${CANARY}")`],
    ["in the language of code", `\`\`\`${CANARY}\nx\n\`\`\``],
    ["over two links by reference", "ref-01234[567][a]89abcdef\n\n[a]: #x"],
    ["over the cells of a table", "| ref-0123 | 4567 |\n|-|-|\n| 89ab | cdef |"],
    ["between signs", "**ref**-*0123*`4567`~~89ab~~cdef"],
  ])("the canary %s is found", (_, reply) => {
    expect(screen(reply)).toEqual({ verdict: "blocked", reason: "canary" });
  });
});

test("a reply of signs alone is empty", () => {
  expect(screen("---\n\n***")).toEqual({ verdict: "blocked", reason: "empty" });
});
