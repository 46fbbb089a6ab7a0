import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentProgress } from "../../../../infra/sandbox/progress.ts";
import { findTemporalBinary } from "../../../../infra/sandbox/programs/temporal-binary.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "parley-home-"));
  mkdirSync(join(home, "bin"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const program = (path: string, script: string) => {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
};
/** No way out: the vendor's download fails at once, as on a closed network. */
const env = () => ({
  HOME: home,
  XDG_CACHE_HOME: join(home, "cache"),
  PATH: `${join(home, "bin")}:/usr/bin:/bin`,
  PARLEY_TEMPORAL_DOWNLOAD: "http://127.0.0.1:1",
});
const go = () =>
  program(
    join(home, "bin", "go"),
    `echo built >> ${home}/builds; sleep 0.3; printf server > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"`,
  );

describe("findTemporalBinary", () => {
  it("takes what the setting names, then what is on the PATH", async () => {
    program(join(home, "mine"), "true");
    expect(
      await findTemporalBinary(silentProgress, { ...env(), PARLEY_TEMPORAL_BIN: join(home, "mine") }),
    ).toBe(join(home, "mine"));
    program(join(home, "bin", "temporal"), "true");
    expect(await findTemporalBinary(silentProgress, env())).toBe(join(home, "bin", "temporal"));
  });

  it("builds it with Go once, however many ask at the same time", async () => {
    go();
    const found = await Promise.all([1, 2, 3].map(() => findTemporalBinary(silentProgress, env())));
    expect(new Set(found).size).toBe(1);
    expect(readFileSync(found[0] ?? "", "utf8")).toBe("server");
    expect(readFileSync(join(home, "builds"), "utf8")).toBe("built\n");
    expect(await findTemporalBinary(silentProgress, env())).toBe(found[0]);
    expect(readFileSync(join(home, "builds"), "utf8")).toBe("built\n");
  });

  it("names every way out when there is none, and leaves no half program", async () => {
    program(join(home, "bin", "go"), "echo 'no network' >&2; exit 1");
    await expect(findTemporalBinary(silentProgress, env())).rejects.toThrow(
      /no network.*PATH.*PARLEY_TEMPORAL_BIN.*Go 1\.25.*TEMPORAL_ADDRESS/,
    );
    expect(existsSync(join(home, "cache", "parley", "temporal-1.5.1"))).toBe(false);
  });
});
