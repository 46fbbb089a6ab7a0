import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/*
 * Messages that arrived while no store was available, on a disk of this process. The states of an entry:
 *
 *   put -> waiting -> removed     it is stored in Postgres
 *          waiting -> refused     Postgres is available and rejects it every time
 *          refused -> waiting     the next start, because a new release may accept it
 *
 * `put` resolves after the sync of the entry's transaction. The checksums of SQLite's write-ahead log discard a torn end,
 * which was never acknowledged. SQLite's lock ends with the process, also after a crash.
 */

export interface SpooledEntry {
  tenantId: string;
  sealed: Buffer;
}

export type SpooledRow = SpooledEntry & { id: number };

export interface SpoolCounts {
  waiting: number;
  refused: number;
}

interface Waiting extends SpooledEntry {
  resolve(): void;
  reject(error: unknown): void;
}

const PAGE_BYTES = 4_096;
/** The process before this one may still be stopping. */
const LOCK_WAIT_MS = 2_000;

/**
 * Opens the spool in a folder that no other process uses. Throws where another process uses it, or where the folder or its
 * file cannot be used.
 */
export function openSpool({ folder, limitBytes }: { folder: string; limitBytes: number }) {
  const db = openFile(folder, limitBytes);
  const insert = db.prepare("INSERT INTO entries (tenant_id, sealed) VALUES (?, ?)");
  const select = db.prepare("SELECT * FROM entries WHERE reason IS NULL ORDER BY id LIMIT ?");
  const erase = db.prepare("DELETE FROM entries WHERE id = ?");
  const mark = db.prepare("UPDATE entries SET reason = ? WHERE id = ?");
  const count = db.prepare("SELECT count(*) AS n FROM entries").get();
  const counts: SpoolCounts = { waiting: Number(count?.["n"] ?? 0), refused: 0 };
  let batch: Waiting[] = [];
  /** The size of an entry that was rejected, or of a small one before the first write; null after a write. */
  let rejectedBytes: number | null = PAGE_BYTES;

  /** All entries since the last sync share one sync. */
  function commitBatch(): void {
    const taken = batch;
    batch = [];
    try {
      inTransaction(db, () => {
        for (const { tenantId, sealed } of taken) insert.run(tenantId, sealed);
      });
      rejectedBytes = null;
    } catch (error) {
      rejectedBytes = Math.max(...taken.map(({ sealed }) => sealed.length));
      counts.waiting -= taken.length;
      for (const { reject } of taken) reject(error);
      return;
    }
    for (const { resolve } of taken) resolve();
  }

  return {
    /** Rejects where the disk is full or broken, or the limit is reached. Then the entry was not stored. */
    put(entry: SpooledEntry): Promise<void> {
      return new Promise((resolve, reject) => {
        if (batch.length === 0) setImmediate(commitBatch);
        batch.push({ ...entry, resolve, reject });
        // Before the write, so that later entries cannot overtake this one.
        counts.waiting++;
      });
    },
    /** In the order of arrival. */
    oldest(limit: number): SpooledRow[] {
      return select.all(limit).map((row) => ({
        id: Number(row["id"]),
        tenantId: String(row["tenant_id"]),
        sealed: Buffer.from(row["sealed"] as Uint8Array),
      }));
    },
    remove(ids: readonly number[]): void {
      inTransaction(db, () => {
        for (const id of ids) erase.run(id);
      });
      counts.waiting -= ids.length;
      // The file keeps no deleted data.
      if (counts.waiting + counts.refused === 0) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    },
    refuse(id: number, reason: string): void {
      mark.run(reason, id);
      counts.waiting--;
      counts.refused++;
    },
    counts: (): SpoolCounts => ({ ...counts }),
    /** Whether the next entry can be written. After a rejected one, this writes as many bytes and deletes them. */
    hasRoom(): boolean {
      if (rejectedBytes === null) return true;
      try {
        tryWrite(db, rejectedBytes);
        rejectedBytes = null;
      } catch {
        // Full or broken. The log has the error of the entry that was rejected.
      }
      return rejectedBytes === null;
    },
    /** After the last `put` has resolved. */
    close(): void {
      db.close();
    },
  };
}

export type Spool = ReturnType<typeof openSpool>;

function openFile(folder: string, limitBytes: number): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const db = new DatabaseSync(join(folder, "spool.db"), { timeout: LOCK_WAIT_MS });
    // The lock comes first: with it SQLite needs no shared memory.
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = WAL`);
    // FULL syncs the log with each transaction, and the folder of a new file.
    db.exec("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    db.exec(`PRAGMA max_page_count = ${Math.ceil(limitBytes / PAGE_BYTES)}`);
    db.exec(`CREATE TABLE IF NOT EXISTS entries (
      id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT NOT NULL, sealed BLOB NOT NULL, reason TEXT) STRICT`);
    db.exec("UPDATE entries SET reason = NULL WHERE reason IS NOT NULL");
    return db;
  } catch (error) {
    throw new Error(`The spool in ${folder} cannot be opened: ${explainOpenFailure(error)}`, {
      cause: error,
    });
  }
}

/** Result codes of SQLite: BUSY, CORRUPT, NOTADB. */
const BUSY = 5;
const BROKEN = new Set([11, 26]);

function explainOpenFailure(error: unknown): string {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  if (code === BUSY) return "another process uses it. Each ingress needs a folder of its own.";
  if (BROKEN.has(code))
    return "its file is damaged. Move it to another folder and keep it: it may hold messages that were acknowledged.";
  return error instanceof Error ? error.message : String(error);
}

function tryWrite(db: DatabaseSync, bytes: number): void {
  db.exec("CREATE TABLE IF NOT EXISTS trial (bytes BLOB NOT NULL) STRICT");
  inTransaction(db, () => db.prepare("INSERT INTO trial VALUES (zeroblob(?))").run(bytes));
  db.exec("DELETE FROM trial");
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec("BEGIN");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
