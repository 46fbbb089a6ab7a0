import { isUtf8 } from "node:buffer";
import chardet from "chardet";
import { UnreadableFile } from "./unreadable-file.ts";

/** Files of old programs write the encoding into their first lines, at the latest here (HTML specification: 1,024 bytes). */
const HEAD_BYTES = 4_096;
/** The detection reads the beginning only: its time grows with the length. */
const SAMPLE_BYTES = 65_536;
/** More control characters than this are not text. */
const MAX_CONTROL_SHARE = 0.1;
const DECLARED = /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)|<\?xml[^>]+encoding\s*=\s*["']([\w-]+)/i;
/** Control characters, and the replacement of bytes that the encoding does not have. */
const WRONG = /[^\P{Cc}\t\n\v\f\r]|\uFFFD/gu;
const CONTROL = /[^\P{Cc}\t\n\v\f\r\x7F-\x9F]/gu;

/** The text of a file in its own encoding: its byte order mark, UTF-8, the declared encoding, or the most probable one. */
export function decodeText(bytes: Uint8Array): string {
  const text = decodeAs(bytes, findEncoding(bytes));
  const control = text.length - text.replace(CONTROL, "").length;
  if (control > text.length * MAX_CONTROL_SHARE)
    throw new UnreadableFile("contains binary data, so it is not a text file");
  return text;
}

function findEncoding(bytes: Uint8Array): string {
  const mark = findByteOrderMark(bytes) ?? findWideEncoding(bytes);
  if (mark !== null) return mark;
  if (isUtf8(bytes)) return "utf-8";
  const head = decodeAs(bytes.subarray(0, HEAD_BYTES), "windows-1252");
  const [, html, xml] = DECLARED.exec(head) ?? [];
  const declared = (html ?? xml ?? "").toLowerCase();
  if (isKnown(declared) && declared !== "utf-8") return declared;
  return guessEncoding(bytes);
}

function findByteOrderMark([first = 0, second = 0, third = 0]: Uint8Array): string | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : null;
}

/** UTF-16 without a mark: in most scripts with spaces and digits, a third of the bytes on one side is zero. */
function findWideEncoding(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  if (sample.length < 4 || !sample.includes(0)) return null;
  let [even, odd] = [0, 0];
  for (const [index, byte] of sample.entries()) {
    if (byte === 0 && index % 2 === 0) even++;
    else if (byte === 0) odd++;
  }
  const enough = sample.length / 6;
  if (odd > enough && even < odd / 4) return "utf-16le";
  return even > enough && odd < even / 4 ? "utf-16be" : null;
}

/** The most probable encoding that has a letter for each byte. UTF-8 wins where only a few of its sequences are broken. */
function guessEncoding(bytes: Uint8Array): string {
  const sample = sampleFromFirstLetter(bytes);
  const broken = countWrong(sample, "utf-8");
  if (broken * 10 < sample.filter((byte) => byte >= 0xc2).length) return "utf-8";
  const likely = chardet
    .analyse(sample)
    .map(({ name }) => name.toLowerCase())
    .filter((name) => isKnown(name) && !name.startsWith("utf") && name !== "ascii");
  const candidates = [...likely, "windows-1252"].map((name) => ({ name, wrong: countWrong(sample, name) }));
  const fewest = Math.min(...candidates.map(({ wrong }) => wrong));
  return candidates.find(({ wrong }) => wrong === fewest)?.name ?? "windows-1252";
}

/** Bytes around the first that is no ASCII: the beginning of a large file may have none. */
function sampleFromFirstLetter(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte >= 0x80);
  return bytes.subarray(Math.max(0, first - 1_024), first + SAMPLE_BYTES);
}

function countWrong(bytes: Uint8Array, encoding: string): number {
  return decodeAs(bytes, encoding).match(WRONG)?.length ?? 0;
}

function isKnown(encoding: string): boolean {
  try {
    return encoding !== "" && new TextDecoder(encoding).encoding !== "replacement";
  } catch {
    // Not logged: the constructor throws for an unknown name, and there is no other way to ask.
    return false;
  }
}

/** Removes a byte order mark, unlike `Buffer.toString`. */
function decodeAs(bytes: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding).decode(bytes);
}
