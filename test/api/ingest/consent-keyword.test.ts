import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parseConsentKeyword } from "../../../api/ingest/consent-keyword.ts";

const STOP = [
  "stop",
  "quit",
  "end",
  "revoke",
  "opt out",
  "cancel",
  "unsubscribe",
  "STOPALL",
  "OPTOUT",
  "OPT-OUT",
  "ARRET",
  "arrêt",
  "REMOVE",
  "TD",
];

test.each(STOP)("%s ends the messages, in any case, with punctuation, emoji or a courtesy", (word) => {
  for (const text of [
    word,
    word.toUpperCase(),
    `  ${word}!!`,
    `${word} please`,
    `Please ${word} 🙏`,
    `"${word}."`,
  ]) {
    expect([text, parseConsentKeyword(text)]).toEqual([text, "stop"]);
  }
});

describe("a sentence that contains such a word", () => {
  const SENTENCES = [
    "cancel my order",
    "at the end of May",
    "when do you stop serving?",
    "please end my subscription to the club",
    "can you remove the rust",
    "I quit smoking",
    "help me choose a bike",
    "is there info on e-bikes",
  ];
  it.each(SENTENCES)("a sentence that contains a keyword is a question: %s", (text) =>
    expect(parseConsentKeyword(text)).toBeNull(),
  );
});

it.each(["STOP STOP STOP", "Stop. Stop! STOP", `stop${"!".repeat(80)}`, `STOP ${"🛑".repeat(60)}`])(
  "a keyword in capital letters is recognised: %s",
  (text) => expect(parseConsentKeyword(text)).toBe("stop"),
);

it.each(["constructor", "__proto__", "toString", "valueOf"])(
  "takes no word of the language for a keyword: %s",
  (text) => expect(parseConsentKeyword(text)).toBeNull(),
);

it("START, HELP and YES are keywords", () => {
  expect(parseConsentKeyword("Start")).toBe("start");
  expect(parseConsentKeyword("HELP?")).toBe("help");
  expect(parseConsentKeyword("Yes!")).toBe("yes");
});

it.each(["Human!", "agent please", "Speak to a human", "MITARBEITER", "real person"])(
  "a request for an agent is recognised: %s",
  (text) => expect(parseConsentKeyword(text)).toBe("agent"),
);

it.each(["is the agent fee included", "I am only human", "what does an operator cost"])(
  "a sentence that only contains the word is not a request for an agent: %s",
  (text) => expect(parseConsentKeyword(text)).toBeNull(),
);

it("a message with other letters is never a keyword", () => {
  fc.assert(
    fc.property(fc.constantFrom(...STOP), fc.stringMatching(/^[b-df-hj-np-tv-z]{4,12}$/), (word, other) => {
      expect(parseConsentKeyword(`${word} ${other}`)).toBeNull();
    }),
  );
});
