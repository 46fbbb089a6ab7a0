import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../runtime/errors.ts";
import type { Progress } from "../progress.ts";
import { installPackages } from "./apt-packages.ts";
import { withBuildLock } from "./build-lock.ts";
import { findOnPath, isProgram, runProgram } from "./run-program.ts";
import { cacheFolder, makeCacheFolder } from "./temporal-binary.ts";

/** Debian's own release is older than the support of named statements. A later release of Debian has the source of one that has it. */
const LATER_DEBIAN = "trixie";
const LATER_VERSION = "1.24";
const LATER = `pgbouncer-${LATER_VERSION}`;

/** PgBouncer of this machine. On Debian, root installs it. */
export async function findPgBouncer(progress: Progress): Promise<string> {
  const find = () => findOnPath("pgbouncer", { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` });
  const found = find();
  if (found !== null) return found;
  progress.step("PgBouncer: installing pgbouncer with apt-get, once");
  await installPackages("pgbouncer");
  const installed = find();
  if (installed === null) throw new UserError("PgBouncer is not installed: install the package pgbouncer.");
  return installed;
}

/** A PgBouncer that supports named statements, built into our cache from the source package of a later Debian. */
export async function findLaterPgBouncer(progress: Progress): Promise<string> {
  const target = join(cacheFolder(process.env), LATER);
  if (isProgram(target)) return target;
  makeCacheFolder(cacheFolder(process.env));
  const onWait = () => progress.step("PgBouncer: waiting for another process that builds it");
  return await withBuildLock({ path: `${target}.lock`, onWait }, async () => {
    if (!isProgram(target)) await build(target, progress);
    return target;
  });
}

async function build(target: string, progress: Progress): Promise<void> {
  progress.step(`PgBouncer: building version ${LATER_VERSION}, about a minute, once`);
  await installPackages("libevent-dev", "libssl-dev", "pkg-config", "gcc", "make", "libc6-dev");
  const folder = mkdtempSync(join(tmpdir(), "parley-pgbouncer-"));
  try {
    await downloadSource(folder);
    const source = readdirSync(folder).find((name) => name.startsWith(`pgbouncer-${LATER_VERSION}`));
    if (source === undefined) throw new Error("the source package has another version");
    const run = async (script: string) =>
      await runProgram("sh", ["-c", `cd "${join(folder, source)}" && ${script}`], process.env);
    await run("./configure --without-cares");
    await run("make pgbouncer");
    cpSync(join(folder, source, "pgbouncer"), `${target}.new`);
    renameSync(`${target}.new`, target);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`PgBouncer ${LATER_VERSION} cannot be built (${why}): put one into ${target}.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The server from which this machine gets Debian's packages: it has every release. */
async function findMirror(): Promise<string> {
  const format = "$(SITE) $(CODENAME) $(COMPONENT)";
  const lines = await runProgram("apt-get", ["indextargets", "--format", format], process.env);
  const [, mirror] = /^(\S+) [a-z]+ main$/m.exec(lines) ?? [];
  if (mirror === undefined) throw new Error("apt has no source of Debian's packages");
  return mirror;
}

/** With lists of packages of its own, so that the machine's sources stay as they are. */
async function downloadSource(folder: string): Promise<void> {
  for (const name of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(folder, name), { recursive: true });
  const keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const list = join(folder, "sources.list");
  writeFileSync(list, `deb-src [signed-by=${keys}] ${await findMirror()} ${LATER_DEBIAN} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${list}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${join(folder, "lists")}`,
    `Dir::Cache=${join(folder, "cache")}`,
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  await runProgram("apt-get", [...options, "-qq", "update"], process.env);
  const download = [
    "apt-get",
    ...options.map((option) => `'${option}'`),
    "-qq source --download-only pgbouncer",
  ];
  await runProgram(
    "sh",
    ["-c", `cd "${folder}" && ${download.join(" ")} && tar -xzf *.orig.tar.gz`],
    process.env,
  );
}
