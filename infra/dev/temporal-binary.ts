import { spawn } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { withBuildLock } from "./build-lock.ts";
import type { Progress } from "./progress.ts";
import { StackError } from "./stack-error.ts";
import { type Guardian, startGuardian } from "./start-guardian.ts";

/** The newest CLI that `go install` takes: later ones have a `replace` in their go.mod. Server 1.29.1, UI 2.42.1. */
const VERSION = "1.5.1";
const MODULE = `github.com/temporalio/cli/cmd/temporal@v${VERSION}`;
/** Module and build cache of that build, as measured: 4.6 GB. */
const BUILD_BYTES = 5 * 1024 ** 3;
/** A machine without a way out refuses at once or never; neither may hold up the build for long. */
const DOWNLOAD_MS = 20_000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The `temporal` program: `PARLEY_TEMPORAL_BIN`, the PATH, our cache, the vendor's download, else built by Go into the cache. Only
 * the last takes minutes, and it is done once.
 */
export async function findTemporalBinary(
  progress: Progress,
  env: Environment = process.env,
): Promise<string> {
  const named = env["PARLEY_TEMPORAL_BIN"];
  if (named && !isProgram(named)) {
    throw new StackError(
      `PARLEY_TEMPORAL_BIN is ${named}, which is no program that can be run: set it to a \`temporal\` program, or unset it.`,
    );
  }
  const cached = join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "parley", `temporal-${VERSION}`);
  const found = named || onPath("temporal", env) || (isProgram(cached) && cached);
  if (found) return found;
  makeCacheFolder(dirname(cached));
  const onWait = () => progress.step("Temporal server: another process is getting it, waiting for that");
  return await withBuildLock({ path: `${cached}.lock`, onWait }, async () => {
    // Whoever held the lock before us has made it.
    if (isProgram(cached)) return cached;
    const guardian = startGuardian();
    try {
      if (await download(cached, { progress, env, guardian })) return cached;
      return await buildWithGo(cached, { progress, env, guardian });
    } finally {
      guardian.close();
    }
  });
}

interface Means {
  progress: Progress;
  env: Environment;
  /** Ends the build and removes its gigabytes when this process is killed meanwhile. */
  guardian: Guardian;
}

function makeCacheFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StackError(
      `The Temporal server cannot be kept in ${folder} (${code}): set XDG_CACHE_HOME to a folder that can be written, or PARLEY_TEMPORAL_BIN to a \`temporal\` program.`,
    );
  }
}

/** The archive that Temporal publishes, unpacked by tar; false where it cannot be had. */
async function download(target: string, { progress, env, guardian }: Means): Promise<boolean> {
  const platform = `${process.platform === "darwin" ? "darwin" : "linux"}_${process.arch === "arm64" ? "arm64" : "amd64"}`;
  const base = env["PARLEY_TEMPORAL_DOWNLOAD"] ?? "https://temporal.download";
  const url = `${base}/cli/archive/v${VERSION}?platform=${platform.split("_")[0]}&arch=${platform.split("_")[1]}`;
  progress.step("Temporal server: not found here, trying the vendor's download");
  const folder = mkdtempSync(join(target, "..", "download-"));
  guardian.removeAtEnd(folder);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
    if (!response.ok) return false;
    const archive = join(folder, "temporal.tar.gz");
    writeFileSync(archive, Buffer.from(await response.arrayBuffer()));
    await run("tar", ["-xzf", archive, "-C", folder], env);
    chmodSync(join(folder, "temporal"), 0o755);
    renameSync(join(folder, "temporal"), target);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function buildWithGo(target: string, { progress, env, guardian }: Means): Promise<string> {
  const go = onPath("go", env);
  if (go === null) throw new StackError(noServer("Go is not installed"));
  const free = statfsSync(tmpdir());
  if (free.bavail * free.bsize < BUILD_BYTES) {
    throw new StackError(
      `Building the Temporal server needs 5 GB in ${tmpdir()} for a while: free some, or set TMPDIR to a folder that has it.`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "parley-temporal-"));
  guardian.removeAtEnd(folder);
  const began = Date.now();
  const timer = setInterval(() => {
    progress.tick(
      `  building the Temporal server with Go: ${Math.round((Date.now() - began) / 1000)} s so far, usually about 4 minutes, once`,
    );
  }, 1_000);
  progress.step(
    "Temporal server: building it with Go, usually about 4 minutes; it is kept, so this happens once",
  );
  try {
    const caches = {
      GOBIN: folder,
      GOPATH: join(folder, "path"),
      GOMODCACHE: join(folder, "mod"),
      GOCACHE: join(folder, "cache"),
    };
    // Without -modcacherw Go makes its module cache read-only, and the guardian could not remove it.
    const install = ["install", "-modcacherw", "-ldflags=-s -w", MODULE];
    await run(go, install, { ...env, ...caches }, (pid) => guardian.add(pid));
    // Copied beside its place first: a rename across file systems fails, and half a program must never stand there.
    await run("cp", [join(folder, "temporal"), `${target}.new`], env);
    renameSync(`${target}.new`, target);
    return target;
  } catch (error) {
    throw new StackError(noServer(error instanceof Error ? error.message : String(error)));
  } finally {
    clearInterval(timer);
    progress.done();
    // A toolchain that Go fetches for itself is read-only all the same.
    await run("chmod", ["-R", "u+w", folder], env).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

function noServer(why: string): string {
  return `No Temporal server can be had (${why}): put \`temporal\` on the PATH, set PARLEY_TEMPORAL_BIN to it, install Go 1.25 or newer, or set TEMPORAL_ADDRESS to a server that runs.`;
}

export function onPath(program: string, env: Environment): string | null {
  const folders = (env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find(isProgram) ?? null;
}

/** A folder of that name is none, and cannot be started. */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Rejects with the last line of stderr. With `onStart` it leads a process group of its own, which can be ended as a whole. */
export function run(
  command: string,
  args: string[],
  env: Environment,
  onStart?: (pid: number) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const detached = onStart !== undefined;
    const child = spawn(command, args, { env: { ...env }, stdio: ["ignore", "pipe", "pipe"], detached });
    if (child.pid !== undefined) onStart?.(child.pid);
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(out.join(""));
      else reject(new Error(err.join("").trim().split("\n").at(-1) || `${command} ended with ${code}`));
    });
  });
}
