import { dirname } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../infra/cli/program.ts";
import packageJson from "../../package.json" with { type: "json" };
import { readSources } from "../check/source-files.ts";
import { listCode, type Mention } from "./read-docs.ts";

const code = listCode();
const sources = readSources();
const scripts: Readonly<Record<string, string>> = packageJson.scripts;
const program = createProgram(() => {
  throw new Error("The program ended.");
});

describe("the documents", () => {
  it("name only npm scripts that exist, with words and options that the script knows", () => {
    const calls = code.flatMap((mention) => findScriptCalls(mention));
    expect(calls.length).toBeGreaterThan(20);
    expect(calls.flatMap((call) => checkScriptCall(call))).toEqual([]);
  });

  it("name only parley commands and options that exist", () => {
    const calls = code.flatMap((mention) => findParleyCalls(mention));
    expect(calls.length).toBeGreaterThan(30);
    expect(calls.flatMap(({ page, words }) => checkParleyCall(page, words))).toEqual([]);
  });

  it("name only options that a command or a script knows", () => {
    const options = code
      .map(({ page, text }) => ({ page, option: /^(--[a-z][a-z-]*)/.exec(text)?.[1] ?? "" }))
      .filter(
        ({ option }) => option !== "" && option !== "--parley-accent" && option !== "--parley-on-accent",
      );
    expect(options.length).toBeGreaterThan(5);
    const known = new Set(listOptions(program));
    const unknown = options.filter(({ option }) => !known.has(option) && !isKnownInTools(option));
    expect(unknown).toEqual([]);
  });
});

interface ScriptCall {
  page: string;
  script: string;
  words: string[];
}

function findScriptCalls({ page, text }: Mention): ScriptCall[] {
  return [...text.matchAll(/\bnpm (?:run ([\w:]+)|(test)\b)(?: -- ([^&|`]*))?/g)].map(
    ([, script, test, rest = ""]) => ({
      page,
      script: script ?? test ?? "",
      words: rest.split(/\s+/).filter((word) => /^(--)?[a-z][a-z-]*$/.test(word)),
    }),
  );
}

function checkScriptCall({ page, script, words }: ScriptCall): string[] {
  const command = scripts[script];
  if (command === undefined) return [`${page}: there is no script ${script}`];
  const [, entry] = /node (\S+\.ts)/.exec(command) ?? [];
  if (entry === undefined) return [];
  const folder = script === "demo" ? "infra/cli/commands" : dirname(entry);
  const text = readFolder(folder);
  return words
    .filter((word) => !isWordOf(text, word.replace(/^--/, "")))
    .map((word) => `${page}: npm run ${script} does not know ${word}`);
}

/** As the name of an option, of a command, or of a campaign or benchmark. */
function isWordOf(text: string, word: string): boolean {
  return new RegExp(`["'\`]${word}["'\`]|--${word}\\b|\\b${word}: \\{ type|["'\`]${word} `).test(text);
}

function readFolder(folder: string): string {
  return sources
    .filter(({ path }) => path.startsWith(`${folder}/`))
    .map(({ text }) => text)
    .join("\n");
}

const tools = ["test/tools", "test/replay", "test/check"].map((folder) => readFolder(folder)).join("\n");

function isKnownInTools(option: string): boolean {
  return isWordOf(tools, option.slice(2));
}

function findParleyCalls({ page, text }: Mention): { page: string; words: string[] }[] {
  return [...text.matchAll(/(?:^|\s|&& )(?:npx )?parley ([a-z][^&|`;#]*)/g)].map(([, rest = ""]) => ({
    page,
    words: rest.trim().split(/\s+/),
  }));
}

function checkParleyCall(page: string, words: readonly string[]): string[] {
  let command = program;
  const path: string[] = [];
  for (const word of words) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
    path.push(word);
  }
  const rest = words.slice(path.length);
  const [first = ""] = rest;
  const name = `parley ${path.join(" ")}`;
  if (command === program || (command.commands.length > 0 && /^[a-z]/.test(first)))
    return [`${page}: ${name} has no command ${first}`];
  const known = new Set([...command.options.map(({ long }) => long), "--help"]);
  return rest
    .filter((word) => word.startsWith("--") && !known.has(word))
    .map((word) => `${page}: ${name} has no option ${word}`);
}

function listOptions(command: Command): string[] {
  return [
    ...command.options.map(({ long }) => long ?? ""),
    ...command.commands.flatMap((child) => listOptions(child)),
    "--help",
  ];
}
