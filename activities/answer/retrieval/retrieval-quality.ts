/** The result of a search for one question, and the judgement of it. */
export interface JudgedRanking {
  /** Ids, best first. */
  ranked: readonly string[];
  /** At least one id: without a relevant chunk there is no recall. */
  relevant: ReadonlySet<string>;
}

/** Means over questions, each from 0 to 1. */
export interface RetrievalQuality {
  questions: number;
  precision: number;
  recall: number;
  /** Mean reciprocal rank: 1 if the first result is always relevant, 1/2 if it is always the second. */
  mrr: number;
}

/** Quality of the first `k` results. Throws without questions, because a mean needs at least one. */
export function measureRetrievalQuality(judged: readonly JudgedRanking[], k: number): RetrievalQuality {
  if (judged.length === 0) throw new Error("The list of judged questions is empty: add at least one.");
  return {
    questions: judged.length,
    precision: mean(judged.map((question) => measurePrecision(question, k))),
    recall: mean(judged.map((question) => measureRecall(question, k))),
    mrr: mean(judged.map((question) => computeReciprocalRank(question, k))),
  };
}

/** Share of the `k` places with a relevant id. A ranking with fewer results gets no better share. */
export function measurePrecision({ ranked, relevant }: JudgedRanking, k: number): number {
  return countHits({ ranked, relevant }, k) / requirePositive(k);
}

/** Share of the relevant ids among the first `k`. */
export function measureRecall({ ranked, relevant }: JudgedRanking, k: number): number {
  if (relevant.size === 0)
    throw new Error("A judged question has no relevant id: add one, or remove the question.");
  return countHits({ ranked, relevant }, k) / relevant.size;
}

/** One divided by the place of the first relevant id; 0 without one among the first `k`. */
export function computeReciprocalRank({ ranked, relevant }: JudgedRanking, k: number): number {
  const index = ranked.slice(0, requirePositive(k)).findIndex((id) => relevant.has(id));
  return index === -1 ? 0 : 1 / (index + 1);
}

/** A repeated id counts once. */
function countHits({ ranked, relevant }: JudgedRanking, k: number): number {
  return new Set(ranked.slice(0, requirePositive(k))).intersection(relevant).size;
}

function requirePositive(k: number): number {
  if (!Number.isInteger(k) || k < 1)
    throw new Error(`k is ${k}, but it counts results: use a whole number of at least 1.`);
  return k;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
