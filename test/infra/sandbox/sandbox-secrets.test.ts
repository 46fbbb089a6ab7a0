import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadSandboxSecrets } from "../../../infra/sandbox/sandbox-secrets.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("the secrets of a data folder", () => {
  it("are made once, differ between folders and can be read by their owner alone", () => {
    const folder = temporaryFolder();
    const secrets = loadSandboxSecrets(folder);
    expect(loadSandboxSecrets(folder)).toEqual(secrets);
    expect(statSync(join(folder, "secrets.json")).mode & 0o777).toBe(0o600);
    const others = Object.values(loadSandboxSecrets(temporaryFolder()));
    expect(Object.values(secrets).filter((secret) => others.includes(secret))).toEqual([]);
  });

  it("damaged secrets are reported with the file and --fresh, and are not generated again", () => {
    const folder = temporaryFolder();
    const path = join(folder, "secrets.json");
    writeFileSync(path, '{"PARLEY_HASH_KEY":"c2');
    expect(() => loadSandboxSecrets(folder)).toThrow(`${path} holds no JSON object`);
    expect(() => loadSandboxSecrets(folder)).toThrow(/--fresh/);
    expect(readFileSync(path, "utf8")).toBe('{"PARLEY_HASH_KEY":"c2');
  });
});
