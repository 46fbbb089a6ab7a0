import { z } from "zod";
import { vectorShape, type VectorShape } from "./index-settings.ts";
import type { IndexStore } from "./index-store.ts";
import { compileFilter } from "./metadata-filter.ts";
import type { Place } from "./namespace-of.ts";
import { PineconeRefused } from "./pinecone-error.ts";
import { METADATA, toJournal, WIRE_RECORD, type StoredRecord, type WireRecord } from "./stored-record.ts";

const MAX_RECORDS = 1_000;
/** Counted in bytes of floats and metadata, as in the vendor's table of batch sizes, not in bytes of JSON. */
const MAX_UPSERT_BYTES = 2 * 1024 * 1024;
const MAX_METADATA_BYTES = 40 * 1024;

export const UPSERT = z.object({
  vectors: z.array(WIRE_RECORD).min(1).max(MAX_RECORDS),
  namespace: z.string().nullish(),
});

export const UPDATE = z.object({
  id: z.string().min(1).optional(),
  filter: z.record(z.string(), z.unknown()).optional(),
  values: WIRE_RECORD.shape.values,
  sparseValues: WIRE_RECORD.shape.sparseValues,
  setMetadata: METADATA.optional(),
  namespace: z.string().nullish(),
  dryRun: z.boolean().optional(),
});

export const DELETE = z.object({
  ids: z.array(z.string()).max(MAX_RECORDS).optional(),
  filter: z.record(z.string(), z.unknown()).optional(),
  deleteAll: z.boolean().optional(),
  namespace: z.string().nullish(),
});

export function upsertRecords(store: IndexStore, { index, address }: Place, records: WireRecord[]) {
  const shape = vectorShape(index.settings);
  const stored = records.map((record) => validateRecord(record, shape));
  const bytes = stored.reduce(
    (sum, { values, metadata }) => sum + (values?.byteLength ?? 0) + bytesOf(metadata),
    0,
  );
  if (bytes > MAX_UPSERT_BYTES)
    throw new PineconeRefused(
      400,
      `Request size ${bytes} bytes exceeds the limit of ${MAX_UPSERT_BYTES} bytes`,
    );
  store.commit({ change: "records-put", ...address, records: stored.map(toJournal) });
  return { upsertedCount: records.length };
}

/** An unknown id is ignored, as the vendor does. */
export function updateRecords(store: IndexStore, place: Place, update: z.infer<typeof UPDATE>) {
  const { id, filter, setMetadata, values, sparseValues, dryRun } = update;
  if ((id === undefined) === (filter === undefined))
    throw new PineconeRefused(400, "Give either `id` or `filter`.");
  const found = id === undefined ? filterRecords(place, filter) : [place.records.get(id) ?? []].flat();
  const shape = vectorShape(place.index.settings);
  const changed = found.map((record) => {
    const { values: before, ...rest } = record;
    const metadata = { ...rest.metadata, ...setMetadata };
    return validateRecord(
      {
        ...rest,
        metadata,
        values: values ?? (before && Array.from(before)),
        sparseValues: sparseValues ?? rest.sparseValues,
      },
      shape,
    );
  });
  if (dryRun !== true && changed.length > 0)
    store.commit({ change: "records-put", ...place.address, records: changed.map(toJournal) });
  return filter === undefined ? {} : { matchedRecords: found.length };
}

export function deleteRecords(store: IndexStore, place: Place, request: z.infer<typeof DELETE>) {
  const { ids, filter, deleteAll } = request;
  if (deleteAll === true) {
    if (!place.index.namespaces.has(place.address.namespace))
      throw new PineconeRefused(404, "Namespace not found");
    store.commit({ change: "namespace-dropped", ...place.address });
    return {};
  }
  if ((ids === undefined) === (filter === undefined))
    throw new PineconeRefused(400, "Give one of `ids`, `filter` and `deleteAll`.");
  const gone = (ids ?? filterRecords(place, filter).map(({ id }) => id)).filter((id) =>
    place.records.has(id),
  );
  if (gone.length > 0) store.commit({ change: "records-dropped", ...place.address, ids: gone });
  return {};
}

function filterRecords({ records }: Place, filter: unknown): StoredRecord[] {
  const isWanted = compileFilter(filter);
  return [...records.values()].filter(({ metadata = {} }) => isWanted(metadata));
}

function validateRecord({ values, ...record }: WireRecord, { dimension }: VectorShape): StoredRecord {
  if (bytesOf(record.metadata) > MAX_METADATA_BYTES)
    throw new PineconeRefused(
      400,
      `Metadata of ${record.id} exceeds the limit of ${MAX_METADATA_BYTES} bytes per vector`,
    );
  if (dimension === null) {
    if (values !== undefined || record.sparseValues === undefined)
      throw new PineconeRefused(400, "Index configuration does not support dense values");
    return record;
  }
  return { ...record, values: denseVector(values, dimension) };
}

/** The vector as it is stored. Throws the vendor's error for a wrong length and for zeros. */
export function denseVector(values: readonly number[] = [], dimension: number): Float32Array {
  if (values.length !== dimension)
    throw new PineconeRefused(
      400,
      `Vector dimension ${values.length} does not match the dimension of the index ${dimension}`,
    );
  if (values.every((value) => value === 0))
    throw new PineconeRefused(400, "Dense vectors must contain at least one non-zero value.");
  return Float32Array.from(values);
}

function bytesOf(metadata: unknown): number {
  return metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata));
}
