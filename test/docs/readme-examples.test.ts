import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../infra/sandbox/ports.ts";
import { openTerminal } from "../infra/cli/open-terminal.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";
import { readPage } from "./read-docs.ts";

/** A command of a console block and the lines that the page shows below it. */
interface Example {
  command: string;
  shown: string[];
}

const EXAMPLES = readExamples(readPage("README.md"));

let parley: Installation;
let settings: Record<string, string>;
beforeAll(async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const own = { PORT: String(port), PUBLIC_BASE_URL: url };
  parley = await openInstallation({ env: own });
  settings = parley.env;
});
afterAll(() => parley.close());

describe("README.md", () => {
  it("has examples of sending, listing and checking", () => {
    expect(EXAMPLES.map(({ command }) => command.split(" ")[2])).toEqual(
      expect.arrayContaining(["send", "conversations", "doctor"]),
    );
  });

  it.each(EXAMPLES)("shows what `$command` prints", async ({ command, shown }) => {
    const { status, stdout } = await openTerminal(settings).spawnParley(splitWords(command).slice(2));
    expect(status, stdout).toBe(0);
    expect(shown.length).toBeGreaterThan(0);
    for (const line of shown) expect(stdout).toMatch(toPattern(line));
  });
});

function readExamples(page: string): Example[] {
  const examples: Example[] = [];
  for (const [, block = ""] of page.matchAll(/^```console\n([\s\S]*?)^```/gm)) {
    for (const line of block.split("\n").filter((text) => text.trim() !== "")) {
      if (line.startsWith("$ ")) examples.push({ command: line.slice(2), shown: [] });
      else examples.at(-1)?.shown.push(line);
    }
  }
  return examples;
}

/** Words in quotes are one word. */
function splitWords(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** An ellipsis matches any text, and a space any white space. */
function toPattern(line: string): RegExp {
  const parts = line.split("…").map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(parts.map((part) => part.replaceAll(/\s+/g, String.raw`\s+`)).join(".*?"), "s");
}
