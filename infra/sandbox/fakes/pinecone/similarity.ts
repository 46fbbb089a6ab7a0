import type { SparseValues } from "./stored-record.ts";

export type Metric = "cosine" | "dotproduct" | "euclidean";

/** Pinecone's scores. `euclidean` is the squared distance, so its lowest score is the best. */
export function similarity(metric: Metric, a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let normA = 0;
  let normB = 0;
  for (let index = 0; index < a.length; index += 1) {
    const x = a[index] ?? 0;
    const y = b[index] ?? 0;
    dot += x * y;
    normA += x * x;
    normB += y * y;
  }
  if (metric === "dotproduct") return dot;
  if (metric === "euclidean") return Math.max(0, normA + normB - 2 * dot);
  return dot / Math.sqrt(normA * normB || 1);
}

export function sparseDot(a: SparseValues, b: SparseValues): number {
  const weights = new Map(a.indices.map((index, at) => [index, a.values[at] ?? 0]));
  return b.indices.reduce((sum, index, at) => sum + (weights.get(index) ?? 0) * (b.values[at] ?? 0), 0);
}

export function isBetter(metric: Metric, score: number, other: number): number {
  return metric === "euclidean" ? score - other : other - score;
}
