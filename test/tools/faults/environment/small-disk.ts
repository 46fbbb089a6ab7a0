import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { NotRun } from "../not-run.ts";
import { needRoot } from "./debian-packages.ts";

export interface SmallDisk {
  /** Uses up the free space. Returns the bytes that are still free. */
  fill(): number;
  /** Frees the space again. */
  free(): void;
  close(): void;
}

const BALLAST = ".ballast";
const PIECE = Buffer.alloc(65_536);

/** Mounts a disk on a folder, with the size of its files and `room` bytes more. No file of the folder may be open. */
export function openSmallDisk(folder: string, room: number): SmallDisk {
  needRoot("A separate disk");
  mkdirSync(folder, { recursive: true });
  const aside = `${folder}.aside`;
  run("cp", "-a", folder, aside);
  const used = Number(run("du", "-sb", folder).split("\t")[0]);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${used + room}`, "tmpfs", folder]);
  if (mounted.status !== 0) {
    rmSync(aside, { recursive: true, force: true });
    throw new NotRun(`this machine cannot mount a disk: ${String(mounted.stderr)}`);
  }
  run("cp", "-a", `${aside}/.`, folder);
  // The mounted folder gets the owner and the permissions of the original.
  run("chown", `--reference=${aside}`, folder);
  run("chmod", `--reference=${aside}`, folder);
  rmSync(aside, { recursive: true, force: true });
  const ballast = join(folder, BALLAST);
  return {
    fill() {
      const file = openSync(ballast, "w");
      for (let piece = PIECE; piece.length > 0; piece = piece.subarray(0, piece.length / 2))
        while (fits(file, piece));
      closeSync(file);
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    },
    free: () => rmSync(ballast, { force: true }),
    close: () => run("umount", "-l", folder),
  };
}

function fits(file: number, piece: Buffer): boolean {
  try {
    return writeSync(file, piece) === piece.length;
  } catch {
    return false;
  }
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}
