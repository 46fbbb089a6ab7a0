import type { ParsedDocument } from "../document.ts";
import { describeUnsupported, PARSERS } from "./formats.ts";
import { UnreadableFile } from "./unreadable-file.ts";

/** A result and not an error, because an error loses its class between threads. */
export type ParseResult = { ok: true; parsed: ParsedDocument } | { ok: false; reason: string };

export interface ParseInput {
  /** In lower case, with its dot. */
  extension: string;
  bytes: Uint8Array;
}

export async function parseDocument({ extension, bytes }: ParseInput): Promise<ParseResult> {
  try {
    const parsed = await PARSERS[extension]?.(bytes);
    return parsed === undefined ? { ok: false, reason: describeUnsupported(extension) } : { ok: true, parsed };
  } catch (error) {
    return { ok: false, reason: describeError(error) };
  }
}

function describeError(error: unknown): string {
  if (error instanceof UnreadableFile) return error.message;
  const { name, message } = error instanceof Error ? error : { name: "", message: "unknown" };
  if (name === "PasswordException") return "is locked with a password; save a copy without one";
  return `cannot be read (${message})`;
}
