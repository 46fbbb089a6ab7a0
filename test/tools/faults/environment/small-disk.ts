import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { NotRun } from "../not-run.ts";
import { needRoot } from "./debian-packages.ts";

export interface SmallDisk {
  /** Takes all that is left. Returns how many bytes are free then. */
  fill(): number;
  /** Gives it back, as an operator who found something to delete. */
  free(): void;
  close(): void;
}

const BALLAST = ".ballast";
const PIECE = Buffer.alloc(65_536);

/** A disk of its own under a folder, as large as what lies there already and `room` bytes more. Nobody may have a file open there. */
export function openSmallDisk(folder: string, room: number): SmallDisk {
  needRoot("A disk of its own");
  mkdirSync(folder, { recursive: true });
  const aside = `${folder}.aside`;
  run("cp", "-a", folder, aside);
  const used = Number(run("du", "-sb", folder).split("\t")[0]);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${used + room}`, "tmpfs", folder]);
  if (mounted.status !== 0) {
    rmSync(aside, { recursive: true, force: true });
    throw new NotRun(`no disk can be mounted here: ${String(mounted.stderr)}`);
  }
  run("cp", "-a", `${aside}/.`, folder);
  // The mounted folder has the owner and the rights of what it stands for.
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
