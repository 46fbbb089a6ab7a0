import { describe, expect, it } from "vitest";
import { parseSource } from "../source-files.ts";
import { findDuplicates } from "./duplicates.ts";
import { measureFolders } from "./folders.ts";
import { measureFunctions } from "./function-lengths.ts";
import { findImportCycles } from "./import-cycles.ts";
import { findSwallowedErrors } from "./swallowed-errors.ts";
import { isFragment } from "./test-titles.ts";

describe("findImportCycles", () => {
  it("finds a cycle of type imports, re-exports and dynamic imports", () => {
    const files = [
      parseSource("db/a.ts", `import type { B } from "./b.ts";`),
      parseSource("db/b.ts", `export { c } from "./sub/c.ts";`),
      parseSource("db/sub/c.ts", `export const c = () => import("../a.ts");`),
      parseSource("db/d.ts", `import "./a.ts";`),
    ];
    expect(findImportCycles(files)).toEqual([["db/a.ts", "db/b.ts", "db/sub/c.ts"]]);
  });

  it("finds no cycle in a tree", () => {
    const files = [parseSource("a.ts", `import "./b.ts";`), parseSource("b.ts", `import "node:fs";`)];
    expect(findImportCycles(files)).toEqual([]);
  });
});

describe("measureFunctions", () => {
  it("does not count the lines of inner functions", () => {
    const text =
      "function outer() {\n  const inner = () => {\n    work();\n    work();\n  };\n  inner();\n}\n";
    expect(measureFunctions(parseSource("a.ts", text))).toEqual([
      { place: "a.ts:1", ownLines: 4 },
      { place: "a.ts:2", ownLines: 4 },
    ]);
  });
});

describe("measureFunctions of tests", () => {
  it("does not measure the callback of describe, and measures the functions in it", () => {
    const text = 'describe("a", () => {\n  it("b", () => {\n    work();\n  });\n});\n';
    expect(measureFunctions(parseSource("a.test.ts", text))).toEqual([{ place: "a.test.ts:2", ownLines: 3 }]);
  });
});

describe("findDuplicates", () => {
  const block = ["one();", "two();", "three();", "four();", "five();", "six();"];

  it("finds six equal lines between comments, blank lines and lone punctuation", () => {
    const first = parseSource("a.ts", block.join("\n"));
    const second = parseSource("b.ts", `start();\n{\n${block.join("\n// a comment\n\n")}\n}\nend();`);
    expect(findDuplicates([first, second])).toEqual([{ first: "a.ts:1", second: "b.ts:3", lines: 6 }]);
  });

  it("accepts five equal lines and equal imports", () => {
    const imports = block.map((_, index) => `import "./${index}.ts";`);
    const short = [...imports, ...block.slice(1)].join("\n");
    expect(findDuplicates([parseSource("a.ts", short), parseSource("b.ts", short)])).toEqual([]);
  });
});

describe("measureFolders", () => {
  it("counts the files that lie directly in a folder", () => {
    expect(measureFolders(["db/a.ts", "db/sub/b.ts", "db/sub/c.ts"])).toEqual([
      { folder: "db/sub", files: 2 },
      { folder: "db", files: 1 },
    ]);
  });
});

describe("isFragment", () => {
  it.each(["where nothing can be reached", "refuses", "fall one by one", "a slip of the finger"])(
    "reports '%s' as a fragment",
    (title) => {
      expect(isFragment(title)).toBe(true);
    },
  );

  it.each([
    "a reply waits for the one before it",
    "when the model is down, a fallback tier answers",
    "of one contact is kept",
  ])("accepts '%s' as a statement", (title) => {
    expect(isFragment(title)).toBe(false);
  });
});

describe("findSwallowedErrors", () => {
  it.each([
    "try { work(); } catch { rest(); }",
    "work().catch(() => undefined);",
    "// A reason of another kind.\nwork().catch(() => null);",
    "// Not logged: of another statement.\nfirst();\nwork().catch(() => null);",
  ])("reports '%s'", (text) => {
    expect(findSwallowedErrors(parseSource("a.ts", text))).toHaveLength(1);
  });

  it.each([
    "try { work(); } catch (error) { report(error); }",
    "try { work(); } catch {\n // Not logged: a reason.\n}",
    "// Not logged: a reason.\nwork().catch(() => undefined);",
    "work().catch((error) => report(error));",
  ])("accepts '%s'", (text) => {
    expect(findSwallowedErrors(parseSource("a.ts", text))).toEqual([]);
  });
});
