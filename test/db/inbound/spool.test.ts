import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openSpool, type Spool } from "../../../db/inbound/spool.ts";
import { listWaiting } from "../../support/ingest/list-waiting.ts";

const root = mkdtempSync(join(tmpdir(), "parley-spool-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const LIMIT = 4_000_000;
const openTestSpool = (folder: string, limitBytes = LIMIT) => openSpool({ folder, limitBytes });
const createSpoolFolder = () => mkdtempSync(join(root, "case-"));
const entry = (text: string, { partition = text.slice(0, 8), isUrgent = false } = {}) => ({
  tenantId: "main",
  partition,
  isUrgent,
  sealed: Buffer.from(text),
});
const texts = (spool: Spool) => listWaiting(spool).map(({ sealed }) => sealed.toString());
const logOf = (folder: string) => join(folder, "spool.db-wal");

/** Opens a copy of the folder as after a crash, because the first spool still has its lock. */
function afterCrash(folder: string, log: Buffer): string[] {
  const copy = createSpoolFolder();
  copyFileSync(join(folder, "spool.db"), join(copy, "spool.db"));
  writeFileSync(logOf(copy), log);
  const spool = openTestSpool(copy);
  try {
    return texts(spool);
  } finally {
    spool.close();
    rmSync(copy, { recursive: true });
  }
}

describe("the spool", () => {
  it("the spool returns entries in the order of arrival, also after a crash", async () => {
    const folder = createSpoolFolder();
    const spool = openTestSpool(folder);
    await Promise.all(["a", "b", "c"].map((text) => spool.put(entry(text))));
    await spool.put(entry("d"));
    expect(texts(spool)).toEqual(["a", "b", "c", "d"]);
    expect(afterCrash(folder, readFileSync(logOf(folder)))).toEqual(["a", "b", "c", "d"]);
    spool.close();
  });

  it("the spool keeps every acknowledged entry before a cut at any place of its file, and no partial entry", async () => {
    const folder = createSpoolFolder();
    const spool = openTestSpool(folder);
    const acknowledged: { text: string; bytes: number }[] = [];
    for (const length of [1, 300, 5_000, 20_000, 40, 0, 900]) {
      const text = `${acknowledged.length}:${"x".repeat(length)}`;
      await spool.put(entry(text));
      acknowledged.push({ text, bytes: statSync(logOf(folder)).size });
    }
    const log = readFileSync(logOf(folder));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: log.length }), (cut) => {
        const kept = acknowledged.filter(({ bytes }) => bytes <= cut).map(({ text }) => text);
        expect(afterCrash(folder, log.subarray(0, cut))).toEqual(kept);
      }),
      { numRuns: 150, examples: acknowledged.flatMap(({ bytes }) => [[bytes], [bytes - 1]] as [number][]) },
    );
    spool.close();
  });

  it("the spool keeps the acknowledged entries before a corrupted byte, and no changed entry", async () => {
    const folder = createSpoolFolder();
    const spool = openTestSpool(folder);
    const sizes: number[] = [];
    for (let n = 0; n < 6; n++) {
      await spool.put(entry(`${n}:${"y".repeat(n * 700)}`));
      sizes.push(statSync(logOf(folder)).size);
    }
    const log = readFileSync(logOf(folder));
    const whole = texts(spool);
    fc.assert(
      fc.property(fc.nat(log.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bad = Buffer.from(log);
        bad[at] = (bad[at] ?? 0) ^ change;
        const kept = afterCrash(folder, bad);
        expect(kept).toEqual(whole.slice(0, kept.length));
        expect(kept.length).toBeGreaterThanOrEqual(sizes.filter((size) => size <= at).length);
      }),
      { numRuns: 150 },
    );
    spool.close();
  });

  it("entries that arrive together share one sync", async () => {
    const folder = createSpoolFolder();
    const spool = openTestSpool(folder);
    const before = transactionsIn(readFileSync(logOf(folder)));
    await Promise.all(Array.from({ length: 100 }, (_, n) => spool.put(entry(String(n)))));
    expect(transactionsIn(readFileSync(logOf(folder))) - before).toBe(1);
    spool.close();
  });

  it("an entry counts from the call on, before it is on disk", async () => {
    const spool = openTestSpool(createSpoolFolder());
    const put = spool.put(entry("a"));
    expect(spool.counts()).toEqual({ waiting: 1, refused: 0 });
    await put;
    spool.remove(listWaiting(spool).map(({ id }) => id));
    expect(spool.counts()).toEqual({ waiting: 0, refused: 0 });
    spool.close();
  });

  it("a full spool rejects entries, keeps the ones it has and accepts more when there is space again", async () => {
    const spool = openTestSpool(createSpoolFolder(), 200_000);
    const large = "z".repeat(30_000);
    let taken = 0;
    const refusal = await (async () => {
      for (; taken < 20; taken++) await spool.put(entry(`${taken}${large}`));
      return null;
    })().catch((error: unknown) => error);
    expect(String(refusal)).toContain("full");
    expect(taken).toBeGreaterThan(3);
    expect(texts(spool)).toHaveLength(taken);
    expect(spool.counts().waiting).toBe(taken);
    spool.remove(
      listWaiting(spool)
        .slice(0, 2)
        .map(({ id }) => id),
    );
    await spool.put(entry(`late${large}`));
    expect(texts(spool).at(-1)).toBe(`late${large}`);
    spool.close();
  });

  it("a second process cannot open the same spool and gets an error that says so", () => {
    const folder = createSpoolFolder();
    const spool = openTestSpool(folder);
    expect(() => openTestSpool(folder)).toThrow(`${folder} cannot be opened: another process uses it`);
    spool.close();
    openTestSpool(folder).close();
  });

  it("the spool does not replace a damaged file with an empty one", async () => {
    const folder = createSpoolFolder();
    const spool = openTestSpool(folder);
    await spool.put(entry("a"));
    spool.close();
    writeFileSync(join(folder, "spool.db"), "no database");
    appendFileSync(join(folder, "spool.db"), "x".repeat(8_192));
    expect(() => openTestSpool(folder)).toThrow("damaged. Move it to another folder and keep it");
  });

  it("urgent entries and the others are read page by page, each in the order of arrival", async () => {
    const spool = openTestSpool(createSpoolFolder());
    const put = (text: string, isUrgent = false) =>
      spool.put(entry(text, { partition: text.slice(0, 3), isUrgent }));
    for (const text of ["ann1", "ben1", "ann2"]) await put(text);
    await put("ben2", true);
    await put("dora", true);
    expect(texts(spool)).toEqual(["ben2", "dora", "ann1", "ben1", "ann2"]);
    const page = (kind: "urgent" | "ordinary", after: number) =>
      spool.waiting(kind, { after, limit: 2 }).map(({ id, isUrgent }) => ({ id, isUrgent }));
    expect(page("ordinary", 1)).toEqual([2, 3].map((id) => ({ id, isUrgent: false })));
    expect(page("urgent", 0)).toEqual([4, 5].map((id) => ({ id, isUrgent: true })));
    expect(page("urgent", 4)).toEqual([{ id: 5, isUrgent: true }]);
    spool.close();
  });

  it("the file of an earlier release keeps its entries and loses an index that nothing reads", async () => {
    const folder = createSpoolFolder();
    const db = new DatabaseSync(join(folder, "spool.db"));
    db.exec(`CREATE TABLE entries (
      id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT NOT NULL, sealed BLOB NOT NULL, reason TEXT) STRICT`);
    db.prepare("INSERT INTO entries (tenant_id, sealed) VALUES ('main', ?)").run(Buffer.from("early"));
    db.exec("ALTER TABLE entries ADD COLUMN partition TEXT NOT NULL DEFAULT ''");
    db.exec("CREATE INDEX entries_by_partition ON entries (partition, id)");
    db.close();
    const spool = openTestSpool(folder);
    await spool.put(entry("late"));
    expect(texts(spool)).toEqual(["early", "late"]);
    spool.close();
    const indexes = new DatabaseSync(join(folder, "spool.db"))
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
      .all();
    expect(indexes).toEqual([{ name: "entries_key" }, { name: "urgent_entries_by_id" }]);
  });

  it("a refused entry is set aside, and a later process knows it too", async () => {
    const folder = createSpoolFolder();
    const spool = openTestSpool(folder);
    await Promise.all([spool.put(entry("poison")), spool.put(entry("next"))]);
    const [poison] = listWaiting(spool);
    spool.refuse(poison?.id ?? 0, "TypeError");
    expect(texts(spool)).toEqual(["next"]);
    expect(spool.counts()).toEqual({ waiting: 1, refused: 1 });
    spool.close();
    const again = openTestSpool(folder);
    expect(texts(again)).toEqual(["next"]);
    expect(again.counts()).toEqual({ waiting: 1, refused: 1 });
    expect(again.refused({ after: 0, limit: 9 }).map(({ sealed }) => sealed.toString())).toEqual(["poison"]);
    again.removeRefused(again.refused({ after: 0, limit: 9 }).map(({ id }) => id));
    expect(again.counts()).toEqual({ waiting: 1, refused: 0 });
    again.close();
  });

  it("a refused entry gives its place to a later copy of the same event, and a waiting one does not", async () => {
    const spool = openTestSpool(createSpoolFolder());
    const put = (text: string) => spool.put({ ...entry(text), key: "event" });
    await put("lost key");
    await put("redelivered too early");
    expect(texts(spool)).toEqual(["lost key"]);
    for (const { id } of listWaiting(spool)) spool.refuse(id, "Error");
    const [refused] = spool.refused({ after: 0, limit: 9 });
    await Promise.all([put("readable"), put("redelivered again")]);
    expect(texts(spool)).toEqual(["readable"]);
    expect(spool.counts()).toEqual({ waiting: 1, refused: 0 });
    // A try of the refused entry that ends late.
    spool.removeRefused([refused?.id ?? 0]);
    expect(spool.counts()).toEqual({ waiting: 1, refused: 0 });
    spool.close();
  });

  it("removed entries leave no text on the disk", async () => {
    const folder = createSpoolFolder();
    const spool = openTestSpool(folder);
    const secret = "s".repeat(64);
    await Promise.all(Array.from({ length: 50 }, () => spool.put(entry(secret))));
    expect(filesOf(folder).includes(secret)).toBe(true);
    spool.remove(listWaiting(spool).map(({ id }) => id));
    expect(filesOf(folder).includes(secret)).toBe(false);
    spool.close();
  });
});

function filesOf(folder: string): Buffer {
  return Buffer.concat([readFileSync(join(folder, "spool.db")), readFileSync(logOf(folder))]);
}

/** Frames of the write-ahead log that end a transaction (sqlite.org/fileformat2.html, section 4.1): each means one sync. */
function transactionsIn(log: Buffer): number {
  let ends = 0;
  for (let at = 32; at + 24 <= log.length; at += 24 + 4_096) if (log.readUInt32BE(at + 4) > 0) ends++;
  return ends;
}
