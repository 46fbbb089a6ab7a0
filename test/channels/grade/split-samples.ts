const LENGTH = 20_000;

const URL_SENTENCE =
  "See https://example.com/a/very/long/path/that/nobody/likes?order=12345678901234567890&lang=en for it. ";

/** Texts that are hard to cut, by what is hard about them; each longer than any vendor's limit. */
export const SPLIT_SAMPLES: Readonly<Record<string, string>> = Object.freeze({
  sentences: filled("The shop is open from nine to six. On Sundays we are closed, and on holidays too. "),
  paragraphs: filled("One paragraph, of a few words.\n\nAnother one.\nWith a second line. "),
  "one word": filled("abcdefghij"),
  URLs: filled(URL_SENTENCE),
  "emoji families": filled("👩‍👩‍👧‍👦"),
  "emoji among words": filled("family 👩‍👩‍👧‍👦 and flag 🇨🇦 and thumb 👍🏽 "),
  "Chinese and Japanese": filled("営業時間は九時から六時までです。日曜日は休みです。"),
  "letters with accents of their own": filled("Cafe\u0301 cre\u0300me bru\u0302le\u0301e "),
  "GSM's long characters": filled("€[]{}~^|\\ "),
  "one emoji in plain text": `${filled("plain text ").slice(0, LENGTH / 2)}🙂 ${filled("plain text ").slice(0, LENGTH / 2)}`,
  markup: filled("<b>bold</b> & *stars* _lines_ `code` &amp; <@U1> [a](b) "),
});

/** Every URL of the sample must be whole somewhere. */
export const SAMPLE_URL = /https:\/\/\S+/.exec(URL_SENTENCE)?.[0] ?? "";

function filled(unit: string): string {
  return unit.repeat(Math.ceil(LENGTH / unit.length)).trimEnd();
}
