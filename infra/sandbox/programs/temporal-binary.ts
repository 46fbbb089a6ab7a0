import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { withBuildLock } from "./build-lock.ts";
import { installWithGo, type InstallOptions } from "./install-with-go.ts";
import { type Environment, isProgram, findOnPath, runProgram } from "./run-program.ts";
import type { Progress } from "../progress.ts";
import { UserError } from "../../runtime/errors.ts";
import { startReaper } from "../processes/start-reaper.ts";

/** The newest CLI that `go install` accepts: later ones have a `replace` in their go.mod. Server 1.29.1, UI 2.42.1. */
const VERSION = "1.5.1";
const MODULE = `github.com/temporalio/cli/cmd/temporal@v${VERSION}`;
/** Without internet access, a download fails at once or hangs. It must not delay the build for long. */
const DOWNLOAD_MS = 20_000;

/**
 * The `temporal` program: from `PARLEY_TEMPORAL_BIN`, the PATH, our cache, the vendor's download, or a build with Go into the cache. Only
 * the build takes minutes, and it happens once.
 */
export async function findTemporalBinary(
  progress: Progress,
  env: Environment = process.env,
): Promise<string> {
  const named = env["PARLEY_TEMPORAL_BIN"];
  if (named && !isProgram(named)) {
    throw new UserError(
      `PARLEY_TEMPORAL_BIN is ${named}, which is not an executable program: set it to a \`temporal\` program, or unset it.`,
    );
  }
  const cached = join(cacheFolder(env), `temporal-${VERSION}`);
  const found = named || findOnPath("temporal", env) || (isProgram(cached) && cached);
  if (found) return found;
  makeCacheFolder(dirname(cached));
  const onWait = () => progress.step("Temporal server: waiting for another process that installs it");
  return await withBuildLock({ path: `${cached}.lock`, onWait }, async () => {
    // The previous owner of the lock has installed it.
    if (isProgram(cached)) return cached;
    const reaper = startReaper();
    try {
      if (await downloadBinary(cached, { progress, env, reaper })) return cached;
      return await buildWithGo(cached, { progress, env, reaper });
    } finally {
      reaper.close();
    }
  });
}

/** Our folder in the user's cache, for programs that take long to install. */
export function cacheFolder(env: Environment): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "parley");
}

export function makeCacheFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `The Temporal server cannot be stored in ${folder} (${code}): set XDG_CACHE_HOME to a writable folder, or PARLEY_TEMPORAL_BIN to a \`temporal\` program.`,
    );
  }
}

/** Downloads and unpacks Temporal's release. False if that fails. */
async function downloadBinary(target: string, { progress, env, reaper }: InstallOptions): Promise<boolean> {
  const platform = `${process.platform === "darwin" ? "darwin" : "linux"}_${process.arch === "arm64" ? "arm64" : "amd64"}`;
  const base = env["PARLEY_TEMPORAL_DOWNLOAD"] ?? "https://temporal.download";
  const url = `${base}/cli/archive/v${VERSION}?platform=${platform.split("_")[0]}&arch=${platform.split("_")[1]}`;
  progress.step("Temporal server: not installed, trying the vendor's download");
  const folder = mkdtempSync(join(target, "..", "download-"));
  reaper.removeAtEnd(folder);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
    if (!response.ok) return false;
    const archive = join(folder, "temporal.tar.gz");
    writeFileSync(archive, Buffer.from(await response.arrayBuffer()));
    await runProgram("tar", ["-xzf", archive, "-C", folder], env);
    chmodSync(join(folder, "temporal"), 0o755);
    renameSync(join(folder, "temporal"), target);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function buildWithGo(target: string, { progress, env, reaper }: InstallOptions): Promise<string> {
  progress.step("Temporal server: building it with Go, usually about 4 minutes, only once");
  try {
    await installWithGo([{ module: MODULE, program: "temporal", target }], { progress, env, reaper });
    return target;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(formatNoServer(error instanceof Error ? error.message : String(error)));
  }
}

function formatNoServer(why: string): string {
  return `No Temporal server could be installed (${why}): put \`temporal\` on the PATH, set PARLEY_TEMPORAL_BIN to it, install Go 1.25 or newer, or set TEMPORAL_ADDRESS to a running server.`;
}
