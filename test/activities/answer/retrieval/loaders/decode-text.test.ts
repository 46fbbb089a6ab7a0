import { describe, expect, it } from "vitest";
import { decodeText } from "../../../../../activities/answer/retrieval/loaders/decode-text.ts";

describe("decodeText", () => {
  it.each([
    ["UTF-8 with a mark", Buffer.from("\uFEFFcafé"), "café"],
    ["UTF-16 with a mark", Buffer.from("\uFEFFcafé", "utf16le"), "café"],
    ["UTF-16 without a mark", Buffer.from("Winter storage", "utf16le"), "Winter storage"],
    ["UTF-16 in the other order", Buffer.from("Winter storage", "utf16le").swap16(), "Winter storage"],
    ["Latin-1", Buffer.from("Öffnungszeiten: täglich", "latin1"), "Öffnungszeiten: täglich"],
    [
      "windows-1252 with typographic marks",
      Buffer.from("Price \x80 60 \x96 \x93caf\xe9\x94", "latin1"),
      "Price € 60 – “café”",
    ],
    [
      "windows-1251",
      Buffer.from(
        "cce0e3e0e7e8ed20eef2eaf0fbf220eae0e6e4fbe920e4e5edfc20f120e4e5e2fff2e820e4ee20f8e5f1f2e82e",
        "hex",
      ),
      "Магазин открыт каждый день с девяти до шести.",
    ],
    ["Shift_JIS", Buffer.from("8cae82f08e9d82c182c482ad82be82b382a2", "hex"), "鍵を持ってください"],
    [
      "a declared encoding",
      Buffer.from('<meta charset="iso-8859-2">\xb1', "latin1"),
      '<meta charset="iso-8859-2">ą',
    ],
    [
      "UTF-8 with one broken byte",
      Buffer.concat([Buffer.from("Ä ö ü é è ê ñ ç ã õ à ù "), Buffer.from([0xff])]),
      "Ä ö ü é è ê ñ ç ã õ à ù \uFFFD",
    ],
    ["one NUL", Buffer.from("Winter storage\0 costs"), "Winter storage\0 costs"],
  ])("%s is decoded", (_name, bytes, text) => {
    expect(decodeText(bytes)).toBe(text);
  });

  it("binary data is refused", () => {
    expect(() => decodeText(Buffer.from([1, 2, 3, 0, 65, 0, 7, 8]))).toThrow(/binary data/);
  });
});
