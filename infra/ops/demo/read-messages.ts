import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { ChannelName } from "../../../db/channel-account.ts";
import { StackError } from "../../dev/stack-error.ts";

export interface DemoMessage {
  channel: ChannelName;
  from: string;
  text: string;
}

const LINE = z.looseObject({
  text: z.string(),
  channel: z.enum(["webhook", "twilio-sms"]).optional(),
  from: z.string().min(1).max(256).optional(),
});

/**
 * Messages of a file, one a line: JSON Lines (`{"text":…,"from"?:…,"channel"?:…}`), else text whose last tab-separated column is the
 * message. Without senders of their own the lines come from as many different people, by SMS and webhook in turn.
 */
export function readMessages(path: string, limit: number | null): DemoMessage[] {
  if (!existsSync(path))
    throw new StackError(`There is no file ${path}: give --messages a file of text, TSV or JSON Lines.`);
  const lines = readFileSync(path, "utf8")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  const isJson = lines[0]?.trimStart().startsWith("{") === true;
  const wanted = limit === null ? lines : lines.slice(0, limit);
  return wanted.map((line, i) => (isJson ? fromJson(line, i, path) : fromText(line, i)));
}

function fromText(line: string, i: number): DemoMessage {
  const text = line.split("\t").at(-1) ?? line;
  return { ...person(i), text };
}

function fromJson(line: string, i: number, path: string): DemoMessage {
  const parsed = LINE.safeParse(parseLine(line));
  if (!parsed.success) {
    const { path: field, message } = parsed.error.issues[0] ?? { path: [], message: "is not JSON" };
    throw new StackError(
      `Line ${i + 1} of ${path}: ${field.join(".") || "the line"} ${message}; each line is an object such as {"text":"Hello"}.`,
    );
  }
  const { text, channel, from } = parsed.data;
  const fallback = person(i);
  return { channel: channel ?? fallback.channel, from: from ?? fallback.from, text };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Numbers of the area code 555, which nobody has. */
function person(i: number): Omit<DemoMessage, "text"> {
  return i % 2 === 0
    ? { channel: "twilio-sms", from: `+1555${String(2_000_000 + i)}` }
    : { channel: "webhook", from: `user-${i}` };
}
