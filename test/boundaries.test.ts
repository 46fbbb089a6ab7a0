import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { FAILPOINT_NAMES } from "../infra/runtime/failpoint.ts";
import { buildWorkflowBundle } from "../infra/runtime/temporal/workflow-bundle.ts";
import { findStructure, findWords } from "./check/findings.ts";
import { isProduct, readMarkdown, readSources } from "./check/source-files.ts";
import { findForbiddenImports, formatImportTable } from "./check/structure/forbidden-imports.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const sources = readSources();
const structure = findStructure(sources);
/** A larger folder holds more than one subject. */
const MAX_FILES_IN_FOLDER = 20;
/** The two registries of channels list the same channels. */
const ACCEPTED_DUPLICATES = 1;

describe("the rooms", () => {
  it("import only what test/check/structure/import-rules.ts permits", () => {
    expect(findForbiddenImports(sources)).toEqual([]);
  });

  it("are described in docs/architecture.md with the imports that are permitted", () => {
    const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8").replaceAll(/ +/g, " ");
    expect(formatImportTable().filter((row) => !page.includes(row))).toEqual([]);
  });

  it("have no file with a name that says nothing (utils, helpers, common, manager)", () => {
    const names = sources.map(({ path }) => path);
    expect(names.filter((path) => /(^|\/)(utils?|helpers?|common|manager)\.ts$/.test(path))).toEqual([]);
  });
});

describe("the words", () => {
  it("are those of docs/glossary.md: test/check/words/banned-words.ts says what to write instead", () => {
    const found = findWords(sources, readMarkdown());
    const lines = found.map(({ path, line, word, use }) => `${path}:${line} "${word.trim()}" -> ${use}`);
    expect(lines).toEqual([]);
  });

  it("of a function's name are a verb and not a participle alone", () => {
    expect(structure.participleNames).toEqual([]);
  });

  it("of a test title are a statement", () => {
    expect(structure.titleFragments).toEqual([]);
  });
});

describe("the structure", () => {
  it("drops no error without a log line or a reason", () => {
    expect(structure.swallowedErrors).toEqual([]);
  });

  it("has no import cycles, type imports included", () => {
    expect(structure.allCycles).toEqual([]);
  });

  it("has no file over 250 lines, tests aside", () => {
    const long = structure.longFiles.filter((item) => !item.includes(".test.ts:"));
    expect(long).toEqual([]);
  });

  it("has no function over 60 own lines", () => {
    expect(structure.longFunctions).toEqual([]);
  });

  it("has no folder with more files than a reader can survey", () => {
    const sizes = structure.largestFolders.map((item) => /^(.*): (\d+) files$/.exec(item));
    expect(sizes.filter((size) => Number(size?.[2]) > MAX_FILES_IN_FOLDER).map((size) => size?.[1])).toEqual(
      [],
    );
  });

  it("repeats no blocks of six or more lines in the product beyond the accepted ones", () => {
    expect(structure.duplicates.slice(ACCEPTED_DUPLICATES)).toEqual([]);
  });
});

describe("failpoints", () => {
  it("are each used at one place of the product", () => {
    const named = sources
      .filter(({ path }) => isProduct(path))
      .flatMap(({ text }) => [...text.matchAll(/failpoint\("(\w+)"\)/g)].map(([, name = ""]) => name));
    expect(new Set(named)).toEqual(new Set(FAILPOINT_NAMES));
    expect(named).toHaveLength(FAILPOINT_NAMES.length);
  });
});

describe("the workflow bundle", () => {
  it("holds the SDK and our workflows, and nothing that reaches outside the sandbox", async () => {
    const { codePath } = await buildWorkflowBundle(join(ROOT, "workflows/index.ts"));
    const code = readFileSync(codePath, "utf8");
    const modules = [...code.matchAll(/^\/\*\*\*\/ "([^"]+)"/gm)].map(([, name = ""]) => name);
    expect(modules.length).toBeGreaterThan(20);
    const packages = new Set(
      modules.flatMap((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []),
    );
    expect([...packages].filter((name) => !SANDBOX_PACKAGES.has(name))).toEqual([]);
    const ours = modules.filter((name) => name.startsWith("./") && !name.includes("node_modules"));
    expect(
      ours.filter((name) => !/^\.\/(workflows|infra\/runtime\/temporal\/failure-converter)/.test(name)),
    ).toEqual([]);
  });

  it("has workflows of ours that set no globals, which runs of one process would share", () => {
    const own = sources.filter(({ path }) => path.startsWith("workflows/"));
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter(({ text }) => /\b(globalThis|var)\b/.test(text))).toEqual([]);
  });
});

const SANDBOX_PACKAGES = new Set([
  "@temporalio/workflow",
  "@temporalio/common",
  "@temporalio/worker",
  "@temporalio/proto",
  "@opentelemetry/api",
  "long",
  "ms",
  "nexus-rpc",
  "protobufjs",
  "proto3-json-serializer",
  "@protobufjs",
]);
