import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const PARLEY = fileURLToPath(new URL("../../../../infra/cli/parley.ts", import.meta.url));
const runDemo = (...options: string[]) =>
  spawnSync(process.execPath, [PARLEY, "demo", "--messages", "/no/such/file", ...options], {
    encoding: "utf8",
  });

it("the demo prints an error as one object on stdout with --json, and as a sentence on stderr without it", () => {
  const error = "The file /no/such/file does not exist: --messages needs a file of text, TSV or JSON Lines.";
  const withJson = runDemo("--json");
  expect([withJson.status, JSON.parse(withJson.stdout)]).toEqual([1, { error }]);
  expect(runDemo()).toMatchObject({ status: 1, stdout: "", stderr: `${error}\n` });
});
