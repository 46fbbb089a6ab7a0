import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { exists, packageFile, readText } from "./compose-file.ts";

const FILE = ".github/workflows/check.yml";
const text = readText(FILE);
const WORKFLOW = z.object({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({
      "timeout-minutes": z.number(),
      steps: z.array(z.object({ uses: z.string().optional(), run: z.string().default("") })),
    }),
  ),
});
const workflow = WORKFLOW.parse(parse(text));
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

describe(FILE, () => {
  it("runs scripts that package.json has", () => {
    const runs = steps.flatMap(({ run }) => [...run.matchAll(/npm (?:run )?([\w:]+)/g)]);
    const called = runs.map(([, name = ""]) => name).filter((name) => name !== "ci");
    expect(called).toEqual(["check", "test"]);
    expect(Object.keys(packageFile.scripts)).toEqual(expect.arrayContaining(called));
  });

  it("may only read the repository", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(text).not.toContain("secrets.");
  });

  it("takes actions by commit and says which version that is", () => {
    const uses = steps.flatMap((step) => step.uses ?? []);
    expect(uses).not.toEqual([]);
    for (const action of uses) {
      expect(action).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
      expect(text).toMatch(new RegExp(`${action} # v\\d+\\.\\d+\\.\\d+\n`));
    }
  });

  it("ends by itself", () => {
    for (const job of Object.values(workflow.jobs)) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  });

  it("names files that are there", () => {
    const named = [...text.matchAll(/(?:hashFiles\('|--file |node-version-file: )([\w./-]+)/g)];
    expect(named).toHaveLength(3);
    for (const [, path = ""] of named) expect(exists(path), path).toBe(true);
  });
});
