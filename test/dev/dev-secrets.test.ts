import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { devSecrets } from "../../infra/dev/dev-secrets.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("the secrets of a data folder", () => {
  it("are made once, differ between folders and can be read by their owner alone", () => {
    const folder = temporaryFolder();
    const secrets = devSecrets(folder);
    expect(devSecrets(folder)).toEqual(secrets);
    expect(statSync(join(folder, "secrets.json")).mode & 0o777).toBe(0o600);
    const others = Object.values(devSecrets(temporaryFolder()));
    expect(Object.values(secrets).filter((secret) => others.includes(secret))).toEqual([]);
  });

  it("that were damaged are told with the file and --fresh, and not made anew", () => {
    const folder = temporaryFolder();
    const path = join(folder, "secrets.json");
    writeFileSync(path, '{"PARLEY_HASH_KEY":"c2');
    expect(() => devSecrets(folder)).toThrow(`${path} holds no JSON object`);
    expect(() => devSecrets(folder)).toThrow(/--fresh/);
    expect(readFileSync(path, "utf8")).toBe('{"PARLEY_HASH_KEY":"c2');
  });
});
