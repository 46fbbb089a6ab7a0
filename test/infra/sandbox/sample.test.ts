import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { chunkDocument } from "../../../activities/answer/retrieval/chunk-document.ts";
import type { LoadedDocument } from "../../../activities/answer/retrieval/document.ts";
import { loadDocuments, type SkippedFile } from "../../../activities/answer/retrieval/load-documents.ts";
import { CHANNEL_NAMES } from "../../../infra/channels/registry.ts";
import { createSamplePdf } from "../../../infra/sandbox/sample/make-sample-pdf.ts";
import { DEMO_CHANNELS, findContacts } from "../../../infra/cli/demo/contacts.ts";

const sample = new URL("../../../infra/sandbox/sample/", import.meta.url);
const QUESTIONS = z.array(
  z.strictObject({
    id: z.string(),
    question: z.string().min(10),
    document: z.string(),
    heading: z.string(),
    must_contain: z.array(z.string()).min(1),
  }),
);
const MESSAGE = z.strictObject({
  channel: z.enum(DEMO_CHANNELS),
  from: z.string(),
  text: z.string().min(1),
});

const skipped: SkippedFile[] = [];
const documents: LoadedDocument[] = [];
const folder = fileURLToPath(new URL("knowledge/", sample));
for await (const document of loadDocuments(folder, (file) => skipped.push(file))) documents.push(document);
const sections = new Map<string, string>();
for (const document of documents) {
  for (const { heading, text } of chunkDocument(document)) {
    const name = `${document.path} > ${heading}`;
    sections.set(name, `${sections.get(name) ?? ""}\n${text}`);
  }
}
const questions = QUESTIONS.parse(JSON.parse(read("questions.json")));
const messages = read("messages.jsonl")
  .trim()
  .split("\n")
  .map((line) => MESSAGE.parse(JSON.parse(line)));

describe("the sample knowledge base", () => {
  it("is read whole", () => {
    expect(skipped).toEqual([]);
    expect(documents.length).toBeGreaterThanOrEqual(15);
    expect(new Set(documents.map(({ title }) => title)).size).toBe(documents.length);
  });

  it("holds the leaflet that its script makes", () => {
    expect(readFileSync(new URL("knowledge/winter-storage.pdf", sample)).equals(createSamplePdf())).toBe(
      true,
    );
  });

  it("contains no address or number that can belong to a real user", () => {
    const all = [...sections.values(), ...messages.map(({ text }) => text)].join("\n");
    for (const [address] of all.matchAll(/\S+@\S+/g)) expect(address).toMatch(/@example\.com/);
    for (const [number] of all.matchAll(/\+\d[\d ]{8,}\d/g)) expect(number).toMatch(/^\+1 555 010 01\d\d$/);
  });
});

describe("the judged questions", () => {
  it("are thirty, each with its own id", () => {
    expect(questions).toHaveLength(30);
    expect(new Set(questions.map(({ id }) => id)).size).toBe(30);
  });

  it.each(questions)(
    "the named section contains the answer to $id",
    ({ document, heading, must_contain }) => {
      const section = sections.get(`${document} > ${heading}`);
      for (const fact of must_contain) expect(section).toContain(fact);
    },
  );

  it.each(questions)(
    "no other section contains the whole answer to $id",
    ({ document, heading, must_contain }) => {
      const matches = [...sections].filter(([, text]) => must_contain.every((fact) => text.includes(fact)));
      expect(matches.map(([name]) => name)).toEqual([`${document} > ${heading}`]);
    },
  );
});

describe("the sample messages", () => {
  it("use every channel", () => {
    expect(DEMO_CHANNELS).toEqual(CHANNEL_NAMES);
    expect([...new Set(messages.map(({ channel }) => channel))].toSorted()).toEqual(CHANNEL_NAMES.toSorted());
  });

  it("are from contacts with addresses in the form of each channel, and with reserved numbers", () => {
    for (const { channel, from } of messages) {
      expect(from).toMatch(findContacts(channel).address.pattern);
      if (/whatsapp|sms/.test(channel)) expect(from).toMatch(/^\+?15550100\d{3}$/);
    }
  });

  it("contain a burst of one contact, an e-mail address and no opt-out word", () => {
    expect(messages.some(({ from }, i) => messages[i + 1]?.from === from)).toBe(true);
    expect(messages.some(({ text }) => text.includes("@example.com"))).toBe(true);
    expect(messages.filter(({ text }) => /\b(stop|unsubscribe|cancel|quit|end)\b/i.test(text))).toEqual([]);
  });
});

function read(name: string): string {
  return readFileSync(new URL(name, sample), "utf8");
}
