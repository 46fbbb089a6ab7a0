/** What a search returned for one question, and what a person said is right. */
export interface JudgedRanking {
  /** Ids, best first. */
  ranked: readonly string[];
  /** At least one id; a question that nothing answers has no recall. */
  relevant: ReadonlySet<string>;
}

/** Means over questions, each from 0 to 1. */
export interface RetrievalQuality {
  questions: number;
  precision: number;
  recall: number;
  /** Mean reciprocal rank: 1 where the first result is always right, 1/2 where it is always the second. */
  mrr: number;
}

/** Quality of the first `k` results. A mean over no questions would be no number, so there has to be one. */
export function measureRetrievalQuality(judged: readonly JudgedRanking[], k: number): RetrievalQuality {
  if (judged.length === 0) throw new Error("The list of judged questions is empty: give at least one.");
  return {
    questions: judged.length,
    precision: mean(judged.map((question) => measurePrecision(question, k))),
    recall: mean(judged.map((question) => measureRecall(question, k))),
    mrr: mean(judged.map((question) => computeReciprocalRank(question, k))),
  };
}

/** Share of `k` places that hold a right id. A short ranking is not rewarded for stopping. */
export function measurePrecision({ ranked, relevant }: JudgedRanking, k: number): number {
  return countHits({ ranked, relevant }, k) / requirePositive(k);
}

/** Share of the right ids that are among the first `k`. */
export function measureRecall({ ranked, relevant }: JudgedRanking, k: number): number {
  if (relevant.size === 0)
    throw new Error("A judged question has no right id: give at least one, or leave it out.");
  return countHits({ ranked, relevant }, k) / relevant.size;
}

/** One over the place of the first right id; 0 where none is among the first `k`. */
export function computeReciprocalRank({ ranked, relevant }: JudgedRanking, k: number): number {
  const index = ranked.slice(0, requirePositive(k)).findIndex((id) => relevant.has(id));
  return index === -1 ? 0 : 1 / (index + 1);
}

/** An id that comes twice counts once. */
function countHits({ ranked, relevant }: JudgedRanking, k: number): number {
  return new Set(ranked.slice(0, requirePositive(k))).intersection(relevant).size;
}

function requirePositive(k: number): number {
  if (!Number.isInteger(k) || k < 1)
    throw new Error(`k is ${k}: it counts results, so give a whole number from 1 on.`);
  return k;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
