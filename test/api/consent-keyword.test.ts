import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { consentKeyword } from "../../api/consent-keyword.ts";

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
    expect([text, consentKeyword(text)]).toEqual([text, "stop"]);
  }
});

describe("a sentence that only holds such a word", () => {
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
  it.each(SENTENCES)("is a question: %s", (text) => expect(consentKeyword(text)).toBeNull());
});

it.each(["STOP STOP STOP", "Stop. Stop! STOP", `stop${"!".repeat(80)}`, `STOP ${"🛑".repeat(60)}`])(
  "hears a person who shouts: %s",
  (text) => expect(consentKeyword(text)).toBe("stop"),
);

it.each(["constructor", "__proto__", "toString", "valueOf"])(
  "takes no word of the language for a keyword: %s",
  (text) => expect(consentKeyword(text)).toBeNull(),
);

it("takes START and HELP, and YES only from someone who has opted out", () => {
  expect(consentKeyword("Start")).toBe("start");
  expect(consentKeyword("HELP?")).toBe("help");
  expect(consentKeyword("Yes!")).toBe("yes");
});

it.each(["Human!", "agent please", "Speak to a human", "MITARBEITER", "real person"])(
  "hears who asks for a colleague: %s",
  (text) => expect(consentKeyword(text)).toBe("human"),
);

it.each(["is the agent fee included", "I am only human", "what does an operator cost"])(
  "takes nobody for asking who only uses the word: %s",
  (text) => expect(consentKeyword(text)).toBeNull(),
);

it("never takes a message with other letters in it", () => {
  fc.assert(
    fc.property(fc.constantFrom(...STOP), fc.stringMatching(/^[b-df-hj-np-tv-z]{4,12}$/), (word, other) => {
      expect(consentKeyword(`${word} ${other}`)).toBeNull();
    }),
  );
});
