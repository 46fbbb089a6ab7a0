import { describe, expect, it, test } from "vitest";
import { readRequest } from "../../../api/consent/read-request.ts";
import { CHANNEL_NAMES } from "../../../infra/channels/registry.ts";
import { type CorpusLine, readCorpus } from "./read-corpus.ts";

const LANGUAGES = ["en", "es", "de", "fr", "pt", "it"];

const read = (text: string, channel = "twilio-sms") =>
  readRequest({ text, origin: "typed" }, { channel, settings: {} });
const findMissed = (lines: readonly CorpusLine[]) =>
  lines.filter(({ text }) => read(text) !== "stop").map(({ text }) => text);

/** The part of a list that may be missed. */
const MISSED = 0.05;

describe("a wish in any words", () => {
  test.each([...LANGUAGES, "other"])(
    "is an opt-out in the language %s, also in sentences that no rule was made for",
    (language) => {
      const lines = readCorpus("opt-outs-held-out").filter((line) => line.language === language);
      expect(lines.length).toBeGreaterThan(20);
      const missed = findMissed(lines);
      expect(missed.length <= lines.length * MISSED ? [] : missed).toEqual([]);
    },
  );

  it("is an opt-out in every sentence that the rules were made for", () => {
    expect(findMissed(readCorpus("opt-outs"))).toEqual([]);
  });

  it.each([
    "Stop texting me, I am at work",
    // The confirmation says that the texts end. A wish for a call is no reason to send more of them.
    "Don't text me, call me instead",
    "F off and stop",
    "Stop contacting my wife and me",
    "If I order again, will you stop? Anyway: remove me from your list.",
    "I have asked three times. Please stop messaging me. This is ridiculous.",
    "WHO IS THIS??? STOP TEXTING ME!!!",
    "stoppp texting meee please... ugh, stop texting me",
    "You\u2019re too much, don\u2019t text me again",
  ])("is found among other words: %s", (text) => expect(read(text)).toBe("stop"));

  it("is found on every channel", () => {
    for (const channel of CHANNEL_NAMES)
      expect([channel, read("stop texting me", channel)]).toEqual([channel, "stop"]);
  });
});

describe("an ordinary message", () => {
  test.each([...LANGUAGES, "other"])(
    "is neither an opt-out nor a reason to ask, in the language %s",
    (language) => {
      const lines = readCorpus("ordinary").filter((line) => line.language === language);
      const wrong = lines.filter(({ text }) => ["stop", "maybe_stop"].includes(read(text, "web") ?? ""));
      expect(wrong).toEqual([]);
    },
  );

  const VERBS = ["cancel", "change", "move", "stop", "remove", "end", "return", "delete"];
  const OBJECTS = [
    "my order",
    "the delivery",
    "my booking",
    "the rental",
    "one bike from my order",
    "the old address",
    "my account",
    "the insurance",
    "the second helmet",
    "my subscription",
  ];
  const FRAMES = [
    "Can I {}?",
    "I want to {}",
    "Please {}",
    "How do I {}?",
    "could you {} for me",
    "When will you {}?",
    "I did not {}",
    "why did you {}",
    "he told me to {}",
    "if I {}, what then?",
    "Hi! I need to {} today.",
    "is it too late to {}",
  ];

  it("about an order, a delivery or an account is an ordinary message in each of its forms", () => {
    const wrong = FRAMES.flatMap((frame) =>
      VERBS.flatMap((verb) => OBJECTS.map((object) => frame.replace("{}", `${verb} ${object}`))),
    ).filter((text) => read(text) !== null);
    expect(wrong).toEqual([]);
  });
});

describe("an unclear message", () => {
  it.each([
    "How do I unsubscribe?",
    "how can I stop these messages?",
    "I think you have the wrong number",
    "stop it",
    "go away",
    "this is spam",
    "Take me off the newsletter",
    "stop texting me at night",
    "Do not contact me by phone, email is fine",
    "no me escriban al trabajo, sino al móvil personal",
    "Ne m'écrivez pas au bureau",
    "não me contactem no trabalho",
    "Non scrivetemi in ufficio",
    "Stop. I mean the red one",
    "stop texting my mom",
    "Ich widerspreche der Nutzung meiner Daten",
    "why do you keep texting me",
    "¿Cómo puedo darme de baja?",
    "Wie kann ich mich abmelden?",
    "Comment me désabonner ?",
    "numero sbagliato",
    "🛑",
  ])("leads to a question: %s", (text) => expect(read(text, "web")).toBe("maybe_stop"));

  it("is clear with a second unclear sign", () => {
    expect(read("I am tired of these messages, stop", "web")).toBe("stop");
  });
});

it("a text of any length is read in a bounded part", () => {
  expect(read(`${"a question ".repeat(2_000)} stop texting me`)).toBeNull();
});
