import { z } from "zod";
import { vectorShape, type VectorShape } from "./index-settings.ts";
import { compileFilter } from "./metadata-filter.ts";
import type { Place } from "./namespace-of.ts";
import { PineconeRefused } from "./pinecone-error.ts";
import { isBetter, similarity, sparseDot } from "./similarity.ts";
import { toWire, WIRE_RECORD, type StoredRecord } from "./stored-record.ts";
import { denseVector } from "./write-records.ts";

export const QUERY = z.object({
  namespace: z.string().nullish(),
  topK: z.int().min(1).max(10_000),
  filter: z.record(z.string(), z.unknown()).optional(),
  includeValues: z.boolean().optional(),
  includeMetadata: z.boolean().optional(),
  vector: z.array(z.number()).optional(),
  sparseVector: WIRE_RECORD.shape.sparseValues,
  id: z.string().optional(),
});

type Query = z.infer<typeof QUERY>;
type QueryVectors = Pick<StoredRecord, "values" | "sparseValues">;

/** Exact search: every record is compared. */
export function queryRecords(place: Place, query: Query) {
  const shape = vectorShape(place.index.settings);
  const wanted = readQueryVectors(place, query, shape);
  const isWanted = compileFilter(query.filter ?? {});
  const matches = [...place.records.values()]
    .filter(({ metadata = {} }) => wanted !== null && isWanted(metadata))
    .map((record) => ({ record, score: scoreOf(shape, wanted ?? {}, record) }))
    .toSorted((a, b) => isBetter(shape.metric, a.score, b.score))
    .slice(0, query.topK)
    .map(({ record, score }) => matchOf(record, score, query));
  return { matches, namespace: place.address.namespace, usage: { readUnits: 1 } };
}

/** Null for the id of a record that does not exist: it matches nothing. */
function readQueryVectors(
  { records }: Place,
  { id, vector, sparseVector }: Query,
  shape: VectorShape,
): QueryVectors | null {
  const isByVector = vector !== undefined || sparseVector !== undefined;
  if (isByVector === (id !== undefined)) throw new PineconeRefused(400, "Give either `id` or `vector`.");
  if (id !== undefined) return records.get(id) ?? null;
  if (shape.dimension === null) return { sparseValues: sparseVector };
  return { values: denseVector(vector, shape.dimension), sparseValues: sparseVector };
}

function scoreOf({ metric }: VectorShape, wanted: QueryVectors, record: StoredRecord): number {
  const dense = wanted.values && record.values ? similarity(metric, wanted.values, record.values) : 0;
  const sparse =
    wanted.sparseValues && record.sparseValues ? sparseDot(wanted.sparseValues, record.sparseValues) : 0;
  return dense + sparse;
}

function matchOf(record: StoredRecord, score: number, { includeValues, includeMetadata }: Query) {
  const { id, metadata, values, sparseValues } = toWire(record);
  return {
    id,
    score,
    ...(includeValues === true && { values, sparseValues }),
    ...(includeMetadata === true && { metadata }),
  };
}
