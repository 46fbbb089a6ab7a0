import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { afterAll, expect, it } from "vitest";
import { joinModules } from "../../../../api/web/page/join-modules.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-join-"));
afterAll(() => rmSync(folder, { recursive: true }));

function writeModules(modules: Record<string, string>): URL {
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text);
  return pathToFileURL(join(folder, "main.ts"));
}

it("joined modules run in the order of their imports, without types and without access to each other's names", () => {
  const script = joinModules(
    writeModules({
      "main.ts": `import {\n  addTwo as add,\n  type Sum,\n} from "./add-two.ts";\nimport { STEP } from "./step.ts";\n
const hidden: string = "main";\nconst sum: Sum = { value: add(40) };\nglobalThis.results.push(sum.value, STEP, hidden, "a  b");\n`,
      "add-two.ts": `import { STEP } from "./step.ts";\n\nexport interface Sum {\n  value: number;\n}\n
const hidden = STEP;\n/** Adds\n * two. */\nexport async function unused(): Promise<void> {}\nexport function addTwo<T extends number>(value: T): number {\n  return value + hidden;\n}\n`,
      "step.ts": `globalThis.results.push("once");\nexport const STEP = 2 as const;\n`,
    }),
  );
  const results: unknown[] = [];
  runInNewContext(script, { globalThis: { results } });
  expect(results).toEqual(["once", 42, 2, "main", "a  b"]);
  expect(script).not.toMatch(/^(import|export)\b|Adds/m);
});

it.for([
  [`import * as all from "./other.ts";`],
  [`import other from "./other.ts";`],
  [`import { join } from "node:path";`],
  [`export default 1;`],
  [`export * from "./other.ts";`],
  [`export { a };`],
])("module syntax that cannot be joined is an error: %s", ([line = ""]) => {
  const entry = writeModules({ "main.ts": `const a = 1;\n${line}\n`, "other.ts": "export const b = a;\n" });
  expect(() => joinModules(entry)).toThrow(`main.ts: "${line}" cannot be joined.`);
});

it("an import cycle is an error that names a module of the cycle", () => {
  const entry = writeModules({
    "main.ts": `import { a } from "./a.ts";\n`,
    "a.ts": `import { b } from "./b.ts";\nexport const a = b;\n`,
    "b.ts": `import { a } from "./a.ts";\nexport const b = a;\n`,
  });
  expect(() => joinModules(entry)).toThrow("a.ts is part of an import cycle.");
});
