import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../../runtime/errors.ts";
import { DEMO_CHANNELS, findContacts } from "./contacts.ts";
import type { ContactMessage } from "../../sandbox/fakes/contacts/fake-contacts.ts";

const LINE = z.looseObject({
  text: z.string(),
  channel: z.enum(DEMO_CHANNELS, `must be one of ${DEMO_CHANNELS.join(", ")}`).optional(),
  from: z.string().optional(),
});

/**
 * Messages of a file, one per line: JSON Lines (`{"text":…,"from"?:…,"channel"?:…}`), else text. Of tab-separated text, the last column is
 * the message, and another column may be the channel. A line without `from` comes from its own contact; a line without a channel from SMS
 * or the webhook in turn.
 */
export function readMessages(path: string, limit: number | null): ContactMessage[] {
  if (!existsSync(path))
    throw new UserError(
      `The file ${path} does not exist: --messages needs a file of text, TSV or JSON Lines.`,
    );
  const lines = readFileSync(path, "utf8")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  const isJson = lines[0]?.trimStart().startsWith("{") === true;
  const wanted = limit === null ? lines : lines.slice(0, limit);
  return wanted.map((line, i) => (isJson ? fromJson(line, i, path) : fromText(line, i)));
}

function fromText(line: string, i: number): ContactMessage {
  const columns = line.split("\t");
  const text = columns.pop() ?? line;
  return fillDefaults({ text, channel: columns.find((column) => DEMO_CHANNELS.includes(column)) }, i);
}

function fromJson(line: string, i: number, path: string): ContactMessage {
  const parsed = LINE.safeParse(parseLine(line));
  if (!parsed.success) {
    const { path: field, message } = parsed.error.issues[0] ?? { path: [], message: "is not JSON" };
    throw createLineError(`Line ${i + 1} of ${path}: ${field.join(".") || "the line"} ${message}`);
  }
  const message = fillDefaults(parsed.data, i);
  const { pattern, rule } = findContacts(message.channel).address;
  if (!pattern.test(message.from))
    throw createLineError(`Line ${i + 1} of ${path}: from must be ${rule} on ${message.channel}`);
  return message;
}

function createLineError(problem: string): UserError {
  return new UserError(`${problem}; each line is an object such as {"text":"Hello"}.`);
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Each line number is another contact. */
function fillDefaults(
  { text, channel, from }: { text: string; channel?: string | undefined; from?: string | undefined },
  i: number,
): ContactMessage {
  const via = channel ?? (i % 2 === 0 ? "twilio-sms" : "webhook");
  return { channel: via, from: from ?? findContacts(via).createAddress(i), text };
}
