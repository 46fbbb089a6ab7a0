import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createConfiguredModel } from "../../../../activities/answer/model/configured-model.ts";
import { connectConfiguredVectors } from "../../../../activities/answer/retrieval/configured-vectors.ts";
import {
  type JudgedRanking,
  measureRetrievalQuality,
} from "../../../../activities/answer/retrieval/retrieval-quality.ts";
import { createSearch, toSearchQuery } from "../../../../activities/answer/retrieval/search.ts";
import { connectPostgres, type Database, withConnection } from "../../../../db/connection/postgres.ts";
import { findPassages } from "../../../../db/knowledge/documents.ts";
import { findLiveIndexVersion } from "../../../../db/knowledge/index-versions.ts";
import { searchKeywords } from "../../../../db/knowledge/search-keywords.ts";
import { ingestDocuments } from "../../../../infra/cli/tasks/ingest-documents.ts";
import { migrateAll } from "../../../../infra/cli/tasks/migrate.ts";
import { type Config, loadConfig } from "../../../../infra/runtime/config/config.ts";
import type { Progress } from "../../../../infra/sandbox/progress.ts";
import { startSandbox } from "../../../../infra/sandbox/sandbox.ts";
import { clearInstallationSettings } from "../../../support/clear-settings.ts";
import { quantile } from "../../bench/load/latencies.ts";
import { type JudgedSet, readJudgedSet } from "./judged-set.ts";

const SAMPLE = fileURLToPath(new URL("../../../../infra/sandbox/sample/knowledge", import.meta.url));
const SAMPLE_QUESTIONS = fileURLToPath(
  new URL("../../../../infra/sandbox/sample/questions.json", import.meta.url),
);
/** Chunks of each ranking: enough for ten sections, of which a long one may have several chunks. */
const RANKED = 60;

export interface Quality {
  recall_at_5: number;
  mrr_at_10: number;
}

export interface RetrievalReport {
  ok: boolean;
  eval: "retrieval";
  chunks: number;
  questions: number;
  /** Each half of the search alone, and both together as the product uses them. */
  keywords: Quality;
  vectors: Quality;
  search: Quality;
  /** Of one keyword search, next to nothing else. */
  keywords_p99_ms: number;
  bars: Quality;
  /** Questions whose first five sections hold none of the relevant ones. */
  missed: string[];
}

export interface RetrievalOptions {
  /** The sample of the sandbox without these. */
  documents?: string;
  questions?: string;
  progress: Progress;
}

/** Ingests the documents into a sandbox of its own, asks each question, and compares the rankings of sections with the judgements. */
export async function evalRetrieval({
  documents = SAMPLE,
  questions = SAMPLE_QUESTIONS,
  progress,
}: RetrievalOptions): Promise<RetrievalReport> {
  const scratch = mkdtempSync(join(tmpdir(), "parley-eval-"));
  clearInstallationSettings();
  const set = readJudgedSet(documents, questions, join(scratch, "documents"));
  const sandbox = await startSandbox({ dataDir: join(scratch, "data"), progress, ports: "free" });
  try {
    const config = loadConfig(sandbox.env);
    await migrateAll(config, () => undefined);
    progress.step("Ingesting the documents");
    const { chunks } = await ingestDocuments(config, { folder: set.folder, onDocument: () => undefined });
    progress.step("Asking the questions");
    const db = connectPostgres({
      url: config.DATABASE_URL,
      maxConnections: 4,
      applicationName: "parley-eval",
      onError: () => undefined,
    });
    try {
      return judge(set, chunks, await askAll(set, db, config));
    } finally {
      await db.$client.end();
    }
  } finally {
    await sandbox.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Answer {
  question: string;
  relevant: ReadonlySet<string>;
  keywords: string[];
  vectors: string[];
  search: string[];
  keywordsMs: number;
}

async function askAll(set: JudgedSet, db: Database, config: Config): Promise<Answer[]> {
  const tenantId = config.PARLEY_TENANT;
  const model = createConfiguredModel(config);
  const vectors = connectConfiguredVectors(config);
  const version = await findLiveIndexVersion(db);
  if (version === null) throw new Error("No version of the index is live.");
  const search = createSearch({ db, searchDb: db, model, vectors });
  const toSections = async (ids: string[]) => {
    const passages = await findPassages(db, tenantId, ids);
    return [...new Set(passages.map((passage) => set.sectionOf(passage)))];
  };
  const answers: Answer[] = [];
  for (const { question, relevant } of set.questions) {
    const query = toSearchQuery(question);
    const begin = performance.now();
    const byKeyword = await withConnection(
      db,
      async (one) => await searchKeywords(one, { tenantId, query, limit: RANKED }),
    );
    const keywordsMs = performance.now() - begin;
    const { embeddingModel, dimensions } = version;
    const signal = AbortSignal.timeout(10_000);
    const embedded = await model.embed({ model: embeddingModel, dimensions, texts: [query], signal });
    const vector = embedded.vectors[0] ?? [];
    const byVector = await vectors.search(version, { tenantId, vector, limit: RANKED });
    const both = await search(tenantId, question, RANKED);
    answers.push({
      question,
      relevant,
      keywords: await toSections(byKeyword),
      vectors: await toSections(byVector),
      search: await toSections(both.passages.map(({ id }) => id)),
      keywordsMs,
    });
  }
  return answers;
}

function judge({ questions }: JudgedSet, chunks: number, answers: readonly Answer[]): RetrievalReport {
  const measure = (half: "keywords" | "vectors" | "search"): Quality => {
    const judged = answers.map((answer): JudgedRanking => ({
      ranked: answer[half],
      relevant: answer.relevant,
    }));
    return {
      recall_at_5: round(measureRetrievalQuality(judged, 5).recall),
      mrr_at_10: round(measureRetrievalQuality(judged, 10).mrr),
    };
  };
  const [keywords, vectors, search] = [measure("keywords"), measure("vectors"), measure("search")];
  const bars = {
    recall_at_5: Math.max(keywords.recall_at_5, vectors.recall_at_5),
    mrr_at_10: Math.max(keywords.mrr_at_10, vectors.mrr_at_10),
  };
  const times = answers.map(({ keywordsMs }) => keywordsMs).toSorted((a, b) => a - b);
  return {
    ok: search.recall_at_5 >= bars.recall_at_5 && search.mrr_at_10 >= bars.mrr_at_10,
    eval: "retrieval",
    chunks,
    questions: questions.length,
    keywords,
    vectors,
    search,
    keywords_p99_ms: quantile(times, 0.99),
    bars,
    missed: answers
      .filter((answer) => !answer.search.slice(0, 5).some((section) => answer.relevant.has(section)))
      .map(({ question }) => question),
  };
}

function round(share: number): number {
  return Number(share.toFixed(3));
}
