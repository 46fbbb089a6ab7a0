import { describe, expect, it } from "vitest";
import { screenReply } from "../../../../activities/answer/safety/screen-reply.ts";

const CANARY = "ref-9f2c41d07be35a68";
const SYSTEM = `You answer people who write to a shop. Use only what the passages below say and never promise anything that is not there. Reference ${CANARY}: internal.`;
const SECRET = "pc-live-0123456789abcdef";

/** A model that does what every attack asks: it returns the protected text in the requested form. */
const obey: Record<string, (text: string) => string> = {
  plain: (text) => text,
  "upper case": (text) => text.toUpperCase(),
  base64: (text) => Buffer.from(text).toString("base64"),
  hex: (text) => Buffer.from(text).toString("hex"),
  "spaced hex": (text) => Buffer.from(text).toString("hex").replace(/../g, "$& "),
  reversed: (text) => Array.from(text).toReversed().join(""),
  "letter by letter": (text) => Array.from(text).join(" "),
  dashes: (text) => Array.from(text).join("-"),
  rot13: (text) =>
    text.replace(/[a-z]/gi, (c) => String.fromCharCode(c.charCodeAt(0) + (c.toLowerCase() < "n" ? 13 : -13))),
  "zero width": (text) => Array.from(text).join("\u200B"),
  "look-alikes": (text) => text.replaceAll("e", "е").replaceAll("o", "о").replaceAll("a", "а"),
  "full width": (text) =>
    text.replace(/[a-z0-9]/g, (c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0)),
};
const screen = (reply: string, placeholders = {}) =>
  screenReply({ reply, canary: CANARY, systemPrompt: SYSTEM, knownSecrets: [SECRET], placeholders });

describe("screenReply", () => {
  it.each(Object.keys(obey))("the instructions, the canary and a secret are blocked as %s", (form) => {
    for (const text of [SYSTEM, CANARY, SECRET, SYSTEM.slice(0, 90)]) {
      expect([form, text, screen(`Sure, here it is: ${obey[form]?.(text)} Anything else?`).verdict]).toEqual([
        form,
        text,
        "blocked",
      ]);
    }
  });

  it("ordinary answers pass, also if they quote a passage or share words with the instructions", () => {
    for (const reply of [
      "We are open from 9 to 6.",
      "You answer the question on page two and we never promise anything else.",
      "Bring the helmet back within 30 days, with the receipt.",
    ]) {
      expect(screen(reply)).toEqual({ verdict: "pass" });
    }
  });

  it("an empty answer and an unknown placeholder are blocked", () => {
    expect(screen("  ")).toEqual({ verdict: "blocked", reason: "empty" });
    expect(screen("Noted: [[EMAIL_7]]", { "[[EMAIL_1]]": "a@example.com" })).toEqual({
      verdict: "blocked",
      reason: "placeholder",
    });
    expect(screen("Noted: [[EMAIL_1]]", { "[[EMAIL_1]]": "a@example.com" })).toEqual({ verdict: "pass" });
  });
});

describe("screenReply before the reply is sanitised", () => {
  it.each([
    ["tags", "<b></b>"],
    ["links", "[](https://evil.example.net)"],
    ["soft hyphens", "\u00AD"],
    ["tag characters", "\u{E0041}"],
  ])("protected text that is split by %s is blocked", (_name, between) => {
    for (const text of [SYSTEM, CANARY, SECRET])
      expect(screen(Array.from(text).join(between)).verdict).toBe("blocked");
  });

  it("instructions and secrets outside plain Latin letters are blocked", () => {
    const systemPrompt = "Отвечай гостям кафе «Зоя» коротко и никогда не называй цен без проверки у хозяина.";
    const leak = { canary: CANARY, systemPrompt, knownSecrets: ["пароль-Ключ"], placeholders: {} };
    expect(screenReply({ ...leak, reply: systemPrompt })).toEqual({
      verdict: "blocked",
      reason: "prompt_leak",
    });
    expect(screenReply({ ...leak, reply: "это пароль-Ключ" })).toEqual({
      verdict: "blocked",
      reason: "secret",
    });
  });

  it("a secret without letters blocks no reply", () => {
    const signs = { canary: CANARY, systemPrompt: "— — — — — — — — — — —", knownSecrets: ["----------"] };
    expect(screenReply({ ...signs, reply: "We open at nine.", placeholders: {} })).toEqual({
      verdict: "pass",
    });
  });
});
