import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/*
 * Messages that arrived while no store was available, on a disk of this process. The states of an entry:
 *
 *   put -> waiting -> removed     it is stored in Postgres
 *          waiting -> refused     the entry itself is the cause: it cannot be read, or Postgres rejects its data
 *          refused -> removed     a later try succeeded: a key is back, or a new release accepts it; or a later copy of the
 *                                 event took its place, which this process can read
 *
 * `put` resolves after the sync of the entry's transaction. The checksums of SQLite's write-ahead log discard a torn end,
 * which was never acknowledged. SQLite's lock ends with the process, also after a crash.
 */

export interface SpooledEntry {
  tenantId: string;
  /** Entries of one partition keep their order: those of one contact. A keyed hash. */
  partition: string;
  /** Stored before all others, also before earlier ones of its partition: it silences sends that are under way. */
  isUrgent: boolean;
  /** The event's own, a keyed hash: a redelivery of it is not added while the first one waits. Absent where it has none. */
  key?: string;
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
  const insert = db.prepare(
    "INSERT INTO entries (tenant_id, partition, urgent, key, sealed) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
  );
  const selectUrgent = db.prepare(
    "SELECT * FROM entries WHERE reason IS NULL AND urgent = 1 AND id > ? ORDER BY id LIMIT ?",
  );
  const selectOrdinary = db.prepare(
    "SELECT * FROM entries WHERE reason IS NULL AND urgent = 0 AND id > ? ORDER BY id LIMIT ?",
  );
  const selectRefused = db.prepare(
    "SELECT * FROM entries WHERE reason IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
  );
  const eraseRefused = db.prepare("DELETE FROM entries WHERE key = ? AND reason IS NOT NULL");
  const selectKey = db.prepare("SELECT id FROM entries WHERE key = ?");
  const erase = db.prepare("DELETE FROM entries WHERE id = ?");
  const mark = db.prepare("UPDATE entries SET reason = ? WHERE id = ?");
  const count = db.prepare("SELECT count(*) AS n, count(reason) AS refused FROM entries").get();
  const refused = Number(count?.["refused"] ?? 0);
  const counts: SpoolCounts = { waiting: Number(count?.["n"] ?? 0) - refused, refused };
  let batch: Waiting[] = [];
  /** The size of an entry that was rejected, or of a small one before the first write; null after a write. */
  let rejectedBytes: number | null = PAGE_BYTES;

  /** All entries since the last sync share one sync. */
  function commitBatch(): void {
    const taken = batch;
    batch = [];
    let inserted = 0;
    let replaced = 0;
    try {
      inTransaction(db, () => {
        for (const { tenantId, partition, isUrgent, key = null, sealed } of taken) {
          // The copy may be the only one that a process can read. With an id of its own, a try of the old one never removes it.
          if (counts.refused > 0) replaced += Number(eraseRefused.run(key).changes);
          inserted += Number(insert.run(tenantId, partition, Number(isUrgent), key, sealed).changes);
        }
      });
      counts.waiting -= taken.length - inserted;
      counts.refused -= replaced;
      rejectedBytes = null;
    } catch (error) {
      rejectedBytes = Math.max(...taken.map(({ sealed }) => sealed.length));
      counts.waiting -= taken.length;
      for (const { reject } of taken) reject(error);
      return;
    }
    for (const { resolve } of taken) resolve();
  }

  function removeFrom(state: keyof SpoolCounts, ids: readonly number[]): void {
    let removed = 0;
    inTransaction(db, () => {
      for (const id of ids) removed += Number(erase.run(id).changes);
    });
    // A later copy may have taken the place of a refused entry.
    counts[state] -= removed;
    // The file keeps no deleted data.
    if (counts.waiting + counts.refused === 0) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
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
    /** Waiting entries in the order of arrival, the urgent ones or the others. */
    waiting(kind: "urgent" | "ordinary", { after, limit }: { after: number; limit: number }): SpooledRow[] {
      return (kind === "urgent" ? selectUrgent : selectOrdinary).all(after, limit).map(toRow);
    },
    refused: ({ after, limit }: { after: number; limit: number }): SpooledRow[] =>
      selectRefused.all(after, limit).map(toRow),
    remove(ids: readonly number[]): void {
      removeFrom("waiting", ids);
    },
    removeRefused(ids: readonly number[]): void {
      removeFrom("refused", ids);
    },
    refuse(id: number, reason: string): void {
      mark.run(reason, id);
      counts.waiting--;
      counts.refused++;
    },
    /** False when the entry with this key is stored, or was never put. */
    holds: (key: string): boolean => selectKey.get(key) !== undefined,
    counts: (): SpoolCounts => ({ ...counts }),
    /** Whether the next entry can be written. After a rejected one, this writes as many bytes and deletes them. */
    hasRoom(): boolean {
      if (rejectedBytes === null) return true;
      try {
        tryWrite(db, rejectedBytes);
        rejectedBytes = null;
      } catch {
        // Not logged: the spool is full or broken, and the log has the error of the entry that was rejected.
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
    addMissingColumns(db);
    db.exec("CREATE UNIQUE INDEX IF NOT EXISTS entries_key ON entries (key)");
    db.exec("CREATE INDEX IF NOT EXISTS urgent_entries_by_id ON entries (id) WHERE urgent = 1");
    // Nothing reads the index of an earlier release.
    db.exec("DROP INDEX IF EXISTS entries_by_partition");
    return db;
  } catch (error) {
    throw new Error(`The spool in ${folder} cannot be opened: ${explainOpenFailure(error)}`, {
      cause: error,
    });
  }
}

/** The file of an earlier release may hold messages that were acknowledged. */
function addMissingColumns(db: DatabaseSync): void {
  const names = new Set(
    db
      .prepare("PRAGMA table_info(entries)")
      .all()
      .map((column) => column["name"]),
  );
  if (!names.has("partition")) db.exec("ALTER TABLE entries ADD COLUMN partition TEXT NOT NULL DEFAULT ''");
  if (!names.has("key")) db.exec("ALTER TABLE entries ADD COLUMN key TEXT");
  if (!names.has("urgent")) db.exec("ALTER TABLE entries ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0");
}

function toRow(row: Record<string, unknown>): SpooledRow {
  return {
    id: Number(row["id"]),
    tenantId: String(row["tenant_id"]),
    partition: String(row["partition"]),
    isUrgent: Number(row["urgent"]) === 1,
    sealed: Buffer.from(row["sealed"] as Uint8Array),
  };
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
