import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
  readFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";
import type { Progress } from "./progress.ts";
import { StackError } from "./stack-error.ts";

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
  const cached = join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "parley", `temporal-${VERSION}`);
  const found = [env["PARLEY_TEMPORAL_BIN"], onPath("temporal", env), cached].find(
    (path) => path && existsSync(path),
  );
  if (found) return found;
  mkdirSync(join(cached, ".."), { recursive: true });
  return await withBuildLock(`${cached}.lock`, progress, async () => {
    // Whoever held the lock before us has made it.
    if (existsSync(cached)) return cached;
    if (await download(cached, progress, env)) return cached;
    return await buildWithGo(cached, progress, env);
  });
}

/** The archive that Temporal publishes, unpacked by tar; false where it cannot be had. */
async function download(target: string, progress: Progress, env: Environment): Promise<boolean> {
  const platform = `${process.platform === "darwin" ? "darwin" : "linux"}_${process.arch === "arm64" ? "arm64" : "amd64"}`;
  const base = env["PARLEY_TEMPORAL_DOWNLOAD"] ?? "https://temporal.download";
  const url = `${base}/cli/archive/v${VERSION}?platform=${platform.split("_")[0]}&arch=${platform.split("_")[1]}`;
  progress.step("Temporal server: not found here, trying the vendor's download");
  const folder = mkdtempSync(join(target, "..", "download-"));
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

async function buildWithGo(target: string, progress: Progress, env: Environment): Promise<string> {
  const go = onPath("go", env);
  if (go === null) throw new StackError(noServer("Go is not installed"));
  const free = statfsSync(tmpdir());
  if (free.bavail * free.bsize < BUILD_BYTES) {
    throw new StackError(
      `Building the Temporal server needs 5 GB in ${tmpdir()} for a while: free some, or set TMPDIR to a folder that has it.`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "parley-temporal-"));
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
    await run(go, ["install", "-ldflags=-s -w", MODULE], { ...env, ...caches });
    // Copied beside its place first: a rename across file systems fails, and half a program must never stand there.
    await run("cp", [join(folder, "temporal"), `${target}.new`], env);
    renameSync(`${target}.new`, target);
    return target;
  } catch (error) {
    throw new StackError(noServer(error instanceof Error ? error.message : String(error)));
  } finally {
    clearInterval(timer);
    progress.done();
    // Go makes its module cache read-only.
    await run("chmod", ["-R", "u+w", folder], env).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

function noServer(why: string): string {
  return `No Temporal server can be had (${why}): put \`temporal\` on the PATH, set PARLEY_TEMPORAL_BIN to it, install Go 1.25 or newer, or set TEMPORAL_ADDRESS to a server that runs.`;
}

/** Two builds at once would take twice as long and do nothing more. A lock whose owner is gone is taken over. */
async function withBuildLock<T>(path: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  for (let told = false; !takeLock(path);) {
    if (!told) progress.step("Temporal server: another process is getting it, waiting for that");
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function takeLock(path: string): boolean {
  try {
    writeFileSync(path, JSON.stringify(identify(process.pid)), { flag: "wx" });
    return true;
  } catch {
    if (isLockHeld(path)) return false;
    rmSync(path, { force: true });
    return takeLock(path);
  }
}

function isLockHeld(path: string): boolean {
  try {
    return isAlive(JSON.parse(readFileSync(path, "utf8")) as ProcessIdentity);
  } catch {
    return false;
  }
}

export function onPath(program: string, env: Environment): string | null {
  const folders = (env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null;
}

/** Rejects with the last line of stderr. */
export function run(command: string, args: string[], env: Environment): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
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
