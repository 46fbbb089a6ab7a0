import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { FAILPOINT_NAMES } from "../infra/runtime/failpoint.ts";
import { buildWorkflowBundle } from "../infra/runtime/temporal/workflow-bundle.ts";
import { isProduct, readSources } from "./check/source-files.ts";
import { findForbiddenImports, formatImportTable } from "./check/structure/forbidden-imports.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const sources = readSources();

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
