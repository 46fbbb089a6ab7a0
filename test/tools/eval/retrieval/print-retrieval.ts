import type { Quality, RetrievalReport } from "./eval-retrieval.ts";

export function printRetrieval(report: RetrievalReport): string {
  const { ok, chunks, questions, keywords, vectors, search, missed } = report;
  const format = (name: string, { recall_at_5: recall, mrr_at_10: mrr }: Quality) =>
    `${name.padEnd(10)} recall@5 ${recall.toFixed(3)}  MRR@10 ${mrr.toFixed(3)}`;
  return [
    `${questions} questions to ${chunks} chunks; a keyword search takes at most ${report.keywords_p99_ms} ms (p99)`,
    format("keywords", keywords),
    format("vectors", vectors),
    format("both", search),
    ...missed.map((question) => `not found: ${question}`),
    `${ok ? "ok" : "not ok"}: both together must not be worse than the better one alone`,
    "",
  ].join("\n");
}
