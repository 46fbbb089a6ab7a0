import { execFile } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Progress } from "../../../../infra/sandbox/progress.ts";

const run = promisify(execFile);
/** A work tree is kept for the next comparison, because the installation of its packages takes minutes. */
const FOLDER = join(tmpdir(), "parley-revisions");
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface Checkout {
  commit: string;
  root: string;
}

/**
 * Checks out a revision of this repository into a folder of its own. Packages are those of this checkout where both lockfiles are equal,
 * otherwise they are installed from the lockfile of the revision.
 */
export async function checkOutRevision(
  repository: string,
  revision: string,
  progress: Progress,
): Promise<Checkout> {
  const git = async (...args: string[]) =>
    (await run("git", ["-C", repository, ...args], { maxBuffer: MOST_OUTPUT_BYTES })).stdout.trim();
  // Without the separator a revision that begins with a dash would be an option.
  const commit = await git("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`);
  const root = join(FOLDER, commit);
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(join(root, "package.json"))) {
    progress.step(`  checking out ${commit.slice(0, 8)}`);
    // The folder of an interrupted run may be known to git and gone.
    await git("worktree", "prune");
    await git("worktree", "add", "--force", "--detach", root, commit);
  }
  await installPackages(repository, root, progress);
  return { commit, root };
}

async function installPackages(repository: string, root: string, progress: Progress): Promise<void> {
  const modules = join(root, "node_modules");
  const isWhole = existsSync(join(modules, ".package-lock.json")) || isLink(modules);
  if (isWhole) return;
  const lockOf = (folder: string) => readFileSync(join(folder, "package-lock.json"), "utf8");
  if (lockOf(repository) === lockOf(root)) {
    symlinkSync(realpathSync(join(repository, "node_modules")), modules);
    return;
  }
  progress.step("  installing its packages (npm ci)");
  await run("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline"], {
    cwd: root,
    maxBuffer: MOST_OUTPUT_BYTES,
  });
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
