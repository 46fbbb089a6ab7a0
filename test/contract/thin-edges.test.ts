import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Commands about the installation itself, which the REST API does not have. */
const WITHOUT_ROUTE = new Set(["infra/cli/commands/status.ts", "infra/cli/commands/vector-index.ts"]);

function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name}`);
}

/** Each import as its names and its source. */
function importsOf(file: string): { names: string[]; source: string }[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/^import (type )?\{([^}]*)\} from "([^"]+)"/gm)].map(
    ([, isType, names = "", source = ""]) => ({
      names: isType === undefined ? names.split(",").map((name) => name.trim()) : [],
      source,
    }),
  );
}

it("routes and commands call operations and no function of the database", () => {
  const files = [...filesOf("api/v1/routes"), ...filesOf("infra/cli/commands")];
  expect(files.length).toBeGreaterThan(20);
  const calls = files
    .filter((file) => !WITHOUT_ROUTE.has(file))
    .flatMap((file) =>
      importsOf(file)
        .filter(({ source }) => source.includes("/db/"))
        // Functions begin with a small letter, constants such as SCOPES do not.
        .flatMap(({ names }) => names.filter((name) => /^[a-z]/.test(name) && !name.startsWith("type ")))
        .map((name) => `${file} calls ${name}`),
    );
  expect(calls).toEqual([]);
});

it("operations and views know neither HTTP nor the command line", () => {
  const sources = [...filesOf("api/operations"), ...filesOf("api/views")].flatMap((file) =>
    importsOf(file).map(({ source }) => `${file} imports ${source}`),
  );
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.filter((line) => /fastify|problem\.ts|\/v1\/|\/cli\/|commander/.test(line))).toEqual([]);
});
