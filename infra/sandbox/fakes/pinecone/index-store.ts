import { join } from "node:path";
import { z } from "zod";
import { openJournal, rewriteJournal } from "../server/journal.ts";
import { CREATE_INDEX, type IndexSettings } from "./index-settings.ts";
import { fromJournal, JOURNAL_RECORD, toJournal, type StoredRecord } from "./stored-record.ts";

/*
 * All changes of the store. Each is written to the journal before it is applied in memory, and a start replays the journal. Updates and
 * deletions by filter are stored as the records that they changed.
 */
const PLACE = { index: z.string(), namespace: z.string() };
const CHANGE = z.discriminatedUnion("change", [
  z.object({ change: z.literal("index-put"), settings: CREATE_INDEX }),
  z.object({ change: z.literal("index-dropped"), index: z.string() }),
  z.object({ change: z.literal("namespace-put"), ...PLACE }),
  z.object({ change: z.literal("namespace-dropped"), ...PLACE }),
  z.object({ change: z.literal("records-put"), ...PLACE, records: z.array(JOURNAL_RECORD) }),
  z.object({ change: z.literal("records-dropped"), ...PLACE, ids: z.array(z.string()) }),
]);

export type Change = z.infer<typeof CHANGE>;
export type Namespace = Map<string, StoredRecord>;

export interface StoredIndex {
  settings: IndexSettings;
  namespaces: Map<string, Namespace>;
}

/** Records per line when the journal is rewritten. */
const BATCH = 200;

/** All indexes of the fake. With a folder, they survive a kill -9. */
export function openIndexStore(dataDir: string | undefined) {
  const indexes = new Map<string, StoredIndex>();
  const file = dataDir === undefined ? undefined : join(dataDir, "pinecone.jsonl");
  const replay = (entry: unknown) => applyChange(indexes, CHANGE.parse(entry));
  if (file !== undefined) {
    openJournal(file, replay).close();
    // Every start removes overwritten and deleted records, so the file does not grow without limit.
    rewriteJournal(file, changesThatLeadTo(indexes));
  }
  const journal = openJournal(file, () => undefined);
  return {
    get: (name: string) => indexes.get(name),
    all: () => [...indexes.values()],
    commit(change: Change): void {
      journal.append(change);
      applyChange(indexes, change);
    },
    close: () => journal.close(),
  };
}

export type IndexStore = ReturnType<typeof openIndexStore>;

function applyChange(indexes: Map<string, StoredIndex>, change: Change): void {
  if (change.change === "index-put") {
    const { settings } = change;
    indexes.set(settings.name, { settings, namespaces: indexes.get(settings.name)?.namespaces ?? new Map() });
  } else if (change.change === "index-dropped") {
    indexes.delete(change.index);
  } else {
    applyToNamespace(indexes.get(change.index)?.namespaces ?? new Map(), change);
  }
}

function applyToNamespace(
  namespaces: StoredIndex["namespaces"],
  change: Extract<Change, { namespace: string }>,
): void {
  if (change.change === "namespace-dropped") {
    namespaces.delete(change.namespace);
    return;
  }
  const records = namespaces.get(change.namespace) ?? new Map<string, StoredRecord>();
  namespaces.set(change.namespace, records);
  if (change.change === "records-put")
    for (const record of change.records) records.set(record.id, fromJournal(record));
  if (change.change === "records-dropped") for (const id of change.ids) records.delete(id);
}

function* changesThatLeadTo(indexes: Map<string, StoredIndex>): Iterable<Change> {
  for (const { settings, namespaces } of indexes.values()) {
    yield { change: "index-put", settings };
    for (const [namespace, records] of namespaces) {
      const place = { index: settings.name, namespace };
      yield { change: "namespace-put", ...place };
      const all = [...records.values()];
      for (let start = 0; start < all.length; start += BATCH)
        yield { change: "records-put", ...place, records: all.slice(start, start + BATCH).map(toJournal) };
    }
  }
}
