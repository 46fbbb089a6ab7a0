import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { CONSENT_WORDS } from "../../../api/consent/consent-words.ts";
import { readRequest } from "../../../api/consent/read-request.ts";
import type { TextOrigin } from "../../../api/channels/channel.ts";
import { markForwarded } from "../../../api/channels/placeholder.ts";
import { CHANNEL_NAMES, hasCarrierWords } from "../../../infra/channels/registry.ts";

const read = (
  text: string,
  { channel = "twilio-sms", origin = "typed" }: { channel?: string; origin?: TextOrigin } = {},
) => readRequest({ text, origin }, { channel, settings: {} });

const CARRIER_WORDS = [
  "cancel",
  "end",
  "quit",
  "remove",
  "revoke",
  "td",
  "T.D",
  "cancelar",
  "annulla",
  "sair",
];
const STOP = [
  "stop",
  "STOPALL",
  "unsubscribe",
  "opt out",
  "OPTOUT",
  "OPT-OUT",
  "ARRET",
  "arrêt",
  "stopp",
  "baja",
  "abmelden",
  "parar",
  "стоп",
  "退订",
  "توقف",
];

test.each([...STOP, ...CARRIER_WORDS.filter((word) => word !== "T.D")])(
  "%s ends the messages of a carrier, in any case, with punctuation, emoji or a courtesy",
  (word) => {
    for (const text of [
      word,
      word.toUpperCase(),
      `  ${word}!!`,
      `${word} please`,
      `Please ${word} 🙏`,
      `"${word}."`,
      `${word} bitte`,
      `${word}, gracias`,
    ])
      expect([text, read(text)]).toEqual([text, "stop"]);
  },
);

describe("a word of the carriers", () => {
  it.each(CARRIER_WORDS)("is a request on the channels of carriers only: %s", (word) => {
    const heard = CHANNEL_NAMES.filter((channel) => read(word, { channel }) === "stop");
    expect(heard).toEqual(["twilio-sms", "twilio-whatsapp"]);
  });

  it("that asks for help is one there too", () => {
    expect(CHANNEL_NAMES.filter((channel) => read("info", { channel }) === "help")).toEqual([
      "twilio-sms",
      "twilio-whatsapp",
    ]);
  });

  it("is an ordinary word on the others", () => {
    for (const channel of CHANNEL_NAMES.filter((name) => !hasCarrierWords(name)))
      expect(CARRIER_WORDS.map((word) => read(word, { channel }))).toEqual(CARRIER_WORDS.map(() => null));
  });
});

it("STOP and its translations are a request on every channel", () => {
  for (const channel of CHANNEL_NAMES)
    expect(STOP.map((word) => [word, read(word, { channel })])).toEqual(STOP.map((word) => [word, "stop"]));
});

describe("words that the contact did not type", () => {
  const LABELS = [
    "Cancel",
    "Stop",
    "End",
    "Quit",
    "Unsubscribe",
    "Opt out",
    "Remove",
    "Start",
    "Yes",
    "Help",
    "Info",
    "Baja",
    "Abmelden",
    "Stop texting me",
    "Remove me from your list",
    "No",
  ];
  const ORIGINS: [TextOrigin, string[]][] = [
    ["press", []],
    ["tapback", []],
    ["placeholder", []],
    ["caption", ["maybe_stop"]],
    ["form", ["maybe_stop"]],
    ["forward", ["maybe_stop"]],
  ];

  it.each(ORIGINS)(
    "of the origin %s are never a consent, at most a reason to ask: %j",
    (origin, permitted) => {
      for (const channel of CHANNEL_NAMES)
        for (const label of LABELS) {
          const request = read(label, { channel, origin });
          expect([channel, label, request === null ? [] : [request]]).toEqual([
            channel,
            label,
            request === null ? [] : permitted,
          ]);
        }
    },
  );

  it.each(["STOP", "Stopp", "baja", "Stop texting me", "Bitte keine Werbung mehr", "Unsubscribe me"])(
    "that the contact forwarded lead to the question, because the writer may be the contact: %s",
    (text) => {
      for (const writer of [null, "Bea"]) {
        const { text: marked, origin } = markForwarded({ text, origin: "typed" }, writer);
        expect(read(marked, { origin })).toBe("maybe_stop");
      }
    },
  );

  it.each(["YES", "START", "agent", "Do you open on Sunday?", "Reply STOP to end. Is this offer real?"])(
    "that the contact forwarded are an ordinary message where they ask for no end: %s",
    (text) => {
      const { text: marked, origin } = markForwarded({ text, origin: "typed" });
      expect(read(marked, { origin })).toBeNull();
    },
  );

  it("may ask for an agent with a button", () => {
    expect(read("Human agent", { origin: "press" })).toBe("agent");
  });

  it.each([
    "Thanks!\n> Reply STOP to unsubscribe",
    "Danke\n\nAm 3. Mai 2026 schrieb Acme:\nAntworten Sie STOPP",
    'You say "reply STOP to end these messages". Who are you?',
    "Ok\n-----Original Message-----\nStop texting me",
  ])("are not read where the message quotes them: %j", (text) => expect(read(text)).not.toBe("stop"));

  it.each([
    "STOP\n-- \nAnn Miller\nAcme Ltd",
    "Stop\nSent from my iPhone",
    "STOP\nAnn Miller\n+1 555 010 0100",
    "Hello,\nSTOP\nAnn Miller",
    "/stop@acme_bot",
    '"stop texting me"',
  ])("do not hide the contact's own: %j", (text) => expect(read(text)).toBe("stop"));
});

it.each([
  "STOP STOP STOP",
  "Stop. Stop! STOP",
  `stop${"!".repeat(80)}`,
  `STOP ${"🛑".repeat(60)}`,
  "S.T.O.P",
  "S T O P",
  "stooopp",
  "STOPPPP",
])("a word in capital letters, in pieces or with more letters is recognised: %s", (text) =>
  expect(read(text)).toBe("stop"),
);

it.each(["constructor", "__proto__", "toString", "valueOf"])(
  "takes no word of the language for a request: %s",
  (text) => expect(read(text)).toBeNull(),
);

it("START, HELP, YES and the answers are requests", () => {
  expect(
    ["Start", "/start", "HELP?", "Hilfe", "Yes!", "ok", "Ja bitte", "No", "nein danke"].map((text) =>
      read(text),
    ),
  ).toEqual(["start", "start", "help", "help", "yes", "agreement", "agreement", "refusal", "refusal"]);
});

it.each(["Human!", "agent please", "Speak to a human", "MITARBEITER", "real person"])(
  "a request for an agent is recognised: %s",
  (text) => expect(read(text)).toBe("agent"),
);

it.each(["is the agent fee included", "I am only human", "what does an operator cost"])(
  "a sentence that only contains the word is not a request for an agent: %s",
  (text) => expect(read(text)).toBeNull(),
);

it("an account's own words count in addition", () => {
  const settings = { keywords: { stop: ["Genug jetzt!"] } };
  expect(readRequest({ text: "genug jetzt", origin: "typed" }, { channel: "web", settings })).toBe("stop");
});

it("a message with other letters is never a request", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("stop", "quit", "cancel"),
      fc.stringMatching(/^[b-df-hj-np-tv-z]{4,12}$/),
      (word, other) => {
        expect(read(`${word} ${other}`)).toBeNull();
      },
    ),
  );
});

describe("the table of words", () => {
  it.each(["stop", "help", "start", "agent", "maybe_stop", "agreement", "refusal"])(
    "has %s in each of the six languages",
    (request) => {
      const languages = CONSENT_WORDS.filter((row) => row.request === request).map(
        ({ language }) => language,
      );
      expect(languages).toEqual(expect.arrayContaining(["en", "es", "de", "fr", "pt", "it"]));
    },
  );

  it("gives each word one meaning on each kind of channel", () => {
    const meanings = new Map<string, Set<string>>();
    for (const { request, on, words } of CONSENT_WORDS)
      for (const word of words.split("|")) {
        const key = `${on}: ${word.trim()}`;
        meanings.set(key, (meanings.get(key) ?? new Set()).add(request));
      }
    expect([...meanings].filter(([, requests]) => requests.size > 1).map(([word]) => word)).toEqual([]);
  });
});
