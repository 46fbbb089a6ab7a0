const LENGTH = 20_000;

const URL_SENTENCE =
  "See https://example.com/a/very/long/path/that/is/much/too/long?order=12345678901234567890&lang=en for it. ";

/** Texts that are hard to cut, by what is hard about them; each longer than any vendor's limit. */
export const SPLIT_SAMPLES: Readonly<Record<string, string>> = Object.freeze({
  sentences: fillText("The shop is open from nine to six. On Sundays we are closed, and on holidays too. "),
  paragraphs: fillText("One paragraph, of a few words.\n\nAnother one.\nWith a second line. "),
  "one word": fillText("abcdefghij"),
  URLs: fillText(URL_SENTENCE),
  "emoji families": fillText("👩‍👩‍👧‍👦"),
  "emoji among words": fillText("family 👩‍👩‍👧‍👦 and flag 🇨🇦 and thumb 👍🏽 "),
  "Chinese and Japanese": fillText("営業時間は九時から六時までです。日曜日は休みです。"),
  "letters with accents of their own": fillText("Cafe\u0301 cre\u0300me bru\u0302le\u0301e "),
  "GSM's long characters": fillText("€[]{}~^|\\ "),
  "one emoji in plain text": `${fillText("plain text ").slice(0, LENGTH / 2)}🙂 ${fillText("plain text ").slice(0, LENGTH / 2)}`,
  markup: fillText("<b>bold</b> & *stars* _lines_ `code` &amp; <@U1> [a](b) "),
});

/** Every URL of the sample must be whole somewhere. */
export const SAMPLE_URL = /https:\/\/\S+/.exec(URL_SENTENCE)?.[0] ?? "";

function fillText(unit: string): string {
  return unit.repeat(Math.ceil(LENGTH / unit.length)).trimEnd();
}
