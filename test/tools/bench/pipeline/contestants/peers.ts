import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Progress } from "../../../../../infra/sandbox/progress.ts";
import type { OpenContestant } from "./contestant.ts";

/*
 * The other engines are a package of their own, because they take 260 MB and one of them has the Business Source License. Tests and
 * installations of Parley do not need them. So this project's type check does not know that folder; it has a tsconfig.json of its own.
 */

const FOLDER = fileURLToPath(new URL("../../peers/", import.meta.url));
/** npm writes it at the end of an installation. */
const INSTALLED = join(FOLDER, "node_modules/.package-lock.json");

/** Loaded on demand. The file exports its contestant as `name`. */
export function openPeer(file: string, name: string): OpenContestant {
  return async (places, steps) => {
    const module = (await import(new URL(`../../peers/${file}`, import.meta.url).href)) as Record<
      string,
      OpenContestant | undefined
    >;
    const open = module[name];
    if (open === undefined) throw new Error(`${file} exports no ${name}.`);
    return await open(places, steps);
  };
}

/** Installs the other engines at the first use. A failure is the reason why they do not run. */
export async function installPeers(progress: Progress): Promise<void> {
  if (existsSync(INSTALLED) && readVersions(INSTALLED) === readVersions(join(FOLDER, "package-lock.json")))
    return;
  progress.tick("  installing the other engines: 260 MB, once");
  const npm = spawn("npm", ["ci", "--no-audit", "--no-fund"], { cwd: FOLDER, stdio: "ignore" });
  const [code] = (await once(npm, "exit")) as [number | null];
  if (code !== 0) progress.note(`The other engines were not installed: npm ci in ${FOLDER} failed.`);
}

/** A program that a package of the other engines contains. Throws when it is not installed. */
export function findPeerProgram(packageName: string, program: string): string {
  const require = createRequire(join(FOLDER, "package.json"));
  return join(dirname(require.resolve(`${packageName}/package.json`)), "bin", program);
}

/** The pinned versions of the other engines. */
export function readPeerDependencies(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return dependencies;
}

/** Packages and versions of a lockfile, without the package of the folder itself, which only one of the two files contains. */
function readVersions(lockfile: string): string {
  const { packages } = JSON.parse(readFileSync(lockfile, "utf8")) as {
    packages: Record<string, { version?: string; optional?: boolean }>;
  };
  const required = Object.entries(packages).filter(([path, { optional }]) => path !== "" && !optional);
  return required
    .map(([path, { version }]) => `${path} ${version}`)
    .toSorted()
    .join("\n");
}
