/**
 * Reduces the weight of first places, so that second in both lists beats first in one. Cormack, Clarke, Büttcher (SIGIR 2009) have 60, for
 * many lists of similar quality; for two, the judged questions of `npm run eval -- retrieval` are ranked better with less.
 */
const RRF_K = 2;

export interface WeightedRanking {
  /** Best first. */
  ids: readonly string[];
  weight: number;
}

/** Reciprocal rank fusion of several rankings of ids. */
export function fuseRankings(rankings: readonly WeightedRanking[], limit: number): string[] {
  const scores = new Map<string, number>();
  for (const { ids, weight } of rankings) {
    for (const [rank, id] of ids.entries()) {
      scores.set(id, (scores.get(id) ?? 0) + weight / (RRF_K + rank + 1));
    }
  }
  return [...scores]
    .toSorted(([idA, a], [idB, b]) => b - a || (idA < idB ? -1 : 1))
    .slice(0, limit)
    .map(([id]) => id);
}
