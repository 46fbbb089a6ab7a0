import { createJournal } from "../journal.ts";
import { matchesFilter, type Metadata } from "./metadata-filter.ts";

export interface StoredVector {
  id: string;
  values: number[];
  metadata?: Metadata;
}

export interface IndexSpec {
  name: string;
  dimension: number;
  metric: string;
  schema: unknown;
  deployment: unknown;
  tags?: unknown;
}

type Change =
  | { op: "create"; index: IndexSpec }
  | { op: "drop"; index: string }
  | { op: "upsert"; index: string; namespace: string; vectors: StoredVector[] }
  | { op: "delete"; index: string; namespace: string; ids: string[] };

type Namespaces = Map<string, Map<string, StoredVector>>;

/** Indexes, namespaces and vectors in memory, every change in a journal; search is exact. */
export function createVectorStore(path: string | null) {
  const specs = new Map<string, IndexSpec>();
  const data = new Map<string, Namespaces>();
  const journal = createJournal<Change>(path);
  for (const change of journal.entries) apply(change);

  function apply(change: Change): void {
    if (change.op === "create") {
      specs.set(change.index.name, change.index);
      data.set(change.index.name, new Map());
    } else if (change.op === "drop") {
      specs.delete(change.index);
      data.delete(change.index);
    } else {
      const vectors = vectorsOf(change.index, change.namespace);
      if (change.op === "upsert") for (const vector of change.vectors) vectors.set(vector.id, vector);
      else for (const id of change.ids) vectors.delete(id);
    }
  }

  function vectorsOf(index: string, namespace: string): Map<string, StoredVector> {
    const namespaces = data.get(index) ?? new Map<string, Map<string, StoredVector>>();
    data.set(index, namespaces);
    const vectors = namespaces.get(namespace) ?? new Map<string, StoredVector>();
    namespaces.set(namespace, vectors);
    return vectors;
  }

  return {
    specs,
    namespacesOf: (index: string): Namespaces => data.get(index) ?? new Map(),
    vectorsOf,
    change(change: Change): void {
      journal.append(change);
      apply(change);
    },
    search(index: string, namespace: string, query: { vector: number[]; topK: number; filter?: Record<string, unknown> }) {
      const metric = specs.get(index)?.metric ?? "cosine";
      return [...vectorsOf(index, namespace).values()]
        .filter(({ metadata = {} }) => matchesFilter(metadata, query.filter))
        .map((vector) => ({ vector, score: similarity(metric, query.vector, vector.values) }))
        .toSorted((a, b) => b.score - a.score)
        .slice(0, query.topK);
    },
  };
}

export type VectorStore = ReturnType<typeof createVectorStore>;

function similarity(metric: string, a: number[], b: number[]): number {
  let [dot, left, right, distance] = [0, 0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0;
    dot += x * y;
    left += x * x;
    right += y * y;
    distance += (x - y) ** 2;
  }
  if (metric === "dotproduct") return dot;
  return metric === "euclidean" ? 1 / (1 + distance) : dot / (Math.sqrt(left * right) || 1);
}
