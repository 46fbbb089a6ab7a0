import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { silentProgress } from "../../../../infra/sandbox/progress.ts";
import { findTemporalServer } from "../../../../infra/sandbox/programs/temporal-server-binary.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "parley-home-"));
  mkdirSync(join(home, "bin"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const env = () => ({
  HOME: home,
  XDG_CACHE_HOME: join(home, "cache"),
  PATH: `${join(home, "bin")}:/usr/bin:/bin`,
});
const go = (script: string) => {
  const program = join(home, "bin", "go");
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
};

it("Temporal's server and its SQL tool are built once, however many ask at the same time", async () => {
  go(
    `echo "$@" >> ${home}/builds; sleep 0.3; for name in server sql; do printf $name > "$GOBIN/$name"; chmod +x "$GOBIN/$name"; done`,
  );
  const found = await Promise.all([1, 2].map(() => findTemporalServer(silentProgress, env())));
  expect(found[0]).toEqual(found[1]);
  expect(readFileSync(found[0]?.server ?? "", "utf8")).toBe("server");
  expect(readFileSync(found[0]?.sql ?? "", "utf8")).toBe("sql");
  expect(readFileSync(join(home, "builds"), "utf8").trim().split("\n")).toHaveLength(1);
});

it("a build that fails says why and what to do, and leaves no half program", async () => {
  go("echo 'no network' >&2; exit 1");
  await expect(findTemporalServer(silentProgress, env())).rejects.toThrow(/no network.*Go 1\.25/);
  expect(existsSync(join(home, "cache", "parley", "temporal-server-1.30.8"))).toBe(false);
});
