import { cpSync, existsSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { sql } from "drizzle-orm";
import { awaitWorkers } from "../../environment/await-pollers.ts";
import { openSmallDisk, type SmallDisk } from "../../environment/small-disk.ts";
import type { CampaignContext } from "../../run-under-load.ts";
import { processesOf } from "../../shape.ts";

const MEGABYTE = 1024 ** 2;
/** Space for the write-ahead log of a short run. */
const POSTGRES_ROOM = 300 * MEGABYTE;

export type DiskName = "postgres" | "temporal" | "logs" | "spool";
export type Disks = Map<DiskName, SmallDisk>;

/** Moves the data of the stores, the logs and the spool to small disks, and starts the processes on them. */
export async function moveToSmallDisks(
  { faultSandbox, temporal, shape }: CampaignContext,
  disks: Disks,
  spool: string,
): Promise<void> {
  const { sandbox, dataDir, db } = faultSandbox;
  const mountSmallDisk = (name: DiskName, folder: string, room: number) => {
    const disk = openSmallDisk(folder, room);
    disks.set(name, disk);
    faultSandbox.undoAtClose(() => disk.close());
  };
  const { rows } = await db.execute<{ folder: string }>(
    sql`SELECT current_setting('data_directory') AS folder`,
  );
  // First, so that the servers that are started below write their logs to it.
  mountSmallDisk("logs", join(dataDir, "logs"), 4 * MEGABYTE);
  await sandbox.end("postgres");
  mountSmallDisk("postgres", dirname(rows[0]?.folder ?? ""), POSTGRES_ROOM);
  await sandbox.restart("postgres");
  await sandbox.end("temporal");
  const [file, folder] = [join(dataDir, "temporal.db"), join(dataDir, "temporal-disk")];
  mountSmallDisk("temporal", folder, 40 * MEGABYTE);
  for (const suffix of ["", "-wal", "-shm"].filter((each) => existsSync(file + each))) {
    cpSync(file + suffix, join(folder, `temporal.db${suffix}`));
    rmSync(file + suffix);
  }
  // SQLite writes its log next to the real file.
  symlinkSync(join(folder, "temporal.db"), file);
  await sandbox.restart("temporal");
  mountSmallDisk("spool", spool, 4 * MEGABYTE);
  for (const process of processesOf(shape)) await faultSandbox.startProcess(process);
  await awaitWorkers(faultSandbox, temporal);
}
