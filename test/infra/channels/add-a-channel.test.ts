import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { line } from "../../../infra/channels/line.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PAGE = readFileSync(join(ROOT, "docs/add-a-channel.md"), "utf8");

/** The first column of the page's tables: files with their path from the root. */
const listed = [...PAGE.matchAll(/^\| `((?:[\w-]+\/|\.env)[\w./-]*)`/gm)].map(([, path = ""]) =>
  path.replaceAll("NAME", line.name),
);

/** Files that say anything about LINE. The name is an ordinary word, so it counts only as a name. */
const NAMES_LINE = /\/line(["/]|\.ts)|: ?"line"|LINE_BASE_URL|^\| line |LINE's/m;

describe("docs/add-a-channel.md", () => {
  it("lists only files that exist", () => {
    expect(listed.length).toBeGreaterThan(10);
    expect(listed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it("lists every file outside test/ that LINE consists of", () => {
    const files = ["workflows", "activities", "api", "db", "infra"].flatMap(listFiles);
    const named = [...files, ".env.example", "docs/channels.md"].filter((path) =>
      NAMES_LINE.test(readFileSync(join(ROOT, path), "utf8")),
    );
    expect(named.toSorted()).toEqual(listed.filter((path) => !path.startsWith("test/")).toSorted());
  });
});

function listFiles(room: string): string[] {
  return readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })
    .map((name) => `${room}/${name}`)
    .filter((path) => /\.(ts|js|jsonl|json|md|sql)$/.test(path) && statSync(join(ROOT, path)).isFile());
}
