import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openEvent } from "../../../../api/ingest/spool/spooled-event.ts";
import { openSpool } from "../../../../db/inbound/spool.ts";
import type { Vault } from "../../../../db/connection/vault.ts";

const FILES = ["spool.db", "spool.db-wal"];
const LIMIT_BYTES = 268_435_456;

/**
 * Records when the spool stored each entry, like `track_commit_timestamp` in PostgreSQL. A trigger writes the time in the same transaction,
 * and the record stays when the entry is deleted. Call it before the ingress opens the folder.
 */
export function recordSpoolTimes(folder: string): void {
  openSpool({ folder, limitBytes: LIMIT_BYTES }).close();
  const db = new DatabaseSync(join(folder, "spool.db"));
  db.exec(
    "CREATE TABLE spool_times (at REAL NOT NULL, tenant_id TEXT NOT NULL, sealed BLOB NOT NULL) STRICT",
  );
  db.exec(`CREATE TRIGGER keep_time AFTER INSERT ON entries BEGIN
    INSERT INTO spool_times VALUES (unixepoch('subsec') * 1000, NEW.tenant_id, NEW.sealed); END`);
  db.close();
}

/** When a spool first stored each message, ms, by channel and provider message id. Each ingress has a spool, and may get a copy of it. */
export function readSpoolTimes(folders: readonly string[], vault: Vault): Map<string, number> {
  const times = new Map<string, number>();
  const rows = folders.flatMap((folder) => readCopy(folder, "SELECT at, tenant_id, sealed FROM spool_times"));
  for (const { at, tenant_id: tenantId, sealed } of rows) {
    const entry = { tenantId: String(tenantId), sealed: Buffer.from(sealed as Uint8Array) };
    const { channel, event } = openEvent(vault, entry);
    if (event.kind !== "message") continue;
    const key = `${channel}\n${event.providerMessageId}`;
    times.set(key, Math.min(times.get(key) ?? Infinity, Number(at)));
  }
  return times;
}

/** The number of entries in the spool, as a process finds them after a crash. */
export function countSpooled(folder: string): number {
  return Number(readCopy(folder, "SELECT count(*) AS n FROM entries")[0]?.["n"] ?? 0);
}

/** Reads a copy, because the ingress locks the file while it runs. */
function readCopy(folder: string, query: string) {
  const copy = mkdtempSync(join(tmpdir(), "parley-spool-copy-"));
  try {
    for (const file of FILES)
      if (existsSync(join(folder, file))) copyFileSync(join(folder, file), join(copy, file));
    const db = new DatabaseSync(join(copy, "spool.db"));
    try {
      return db.prepare(query).all();
    } finally {
      db.close();
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}
