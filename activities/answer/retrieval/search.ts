import { type IndexVersion, findLiveIndexVersion } from "../../../db/knowledge/index-versions.ts";
import { findPassages, type Passage, searchKeywords } from "../../../db/knowledge/documents.ts";
import type { Database } from "../../../db/connection/postgres.ts";
import type { Vectors } from "../../../db/knowledge/vectors.ts";
import { failpoint } from "../../../infra/runtime/failpoint.ts";
import type { ModelClient } from "../model/model-client.ts";
import { fuseRankings } from "./fuse-rankings.ts";

/** Of a longer question the end is searched for, where people put what they want. About 500 tokens. */
const QUERY_CHARACTERS = 2_000;
/** What stands for a masked detail says nothing about the question. */
const PLACEHOLDERS = /\[\[[A-Z_]+_\d+\]\]/g;
const CANDIDATES = 12;
/** Embedding and vector query together; a person is waiting, and keywords alone often find it too. */
const VECTOR_BUDGET_MS = 2_500;

export interface SearchResult {
  passages: Passage[];
  indexVersion: string | null;
  degraded: string[];
}

export interface SearchDependencies {
  db: Database;
  model: ModelClient;
  vectors: Vectors;
}

/** Hybrid search: keyword and vector rankings, fused. A side that is away is named in `degraded`, not thrown. */
export function createSearch({ db, model, vectors }: SearchDependencies) {
  const searchVectors = async (version: IndexVersion, tenantId: string, query: string) => {
    const signal = AbortSignal.timeout(VECTOR_BUDGET_MS);
    const { embeddingModel, dimensions } = version;
    const [vector] = await model.embed({ model: embeddingModel, dimensions, texts: [query], signal });
    return await vectors.search(version, { tenantId, vector: vector ?? [], limit: CANDIDATES });
  };
  return async function search(tenantId: string, question: string, limit: number): Promise<SearchResult> {
    const query = question.replace(PLACEHOLDERS, " ").slice(-QUERY_CHARACTERS).toWellFormed();
    const version = await findLiveIndexVersion(db);
    const [keywords, nearest] = await Promise.all([
      searchKeywords(db, { tenantId, query, limit: CANDIDATES }),
      version === null || query.trim() === ""
        ? []
        : searchVectors(version, tenantId, query).catch(() => null),
    ]);
    await failpoint("after_passage_ranking");
    const ids = fuseRankings([keywords, nearest ?? []], limit);
    return {
      // The tenant filter again: an id that the vector store returned by mistake is dropped here.
      passages: await findPassages(db, tenantId, ids),
      indexVersion: version?.id ?? null,
      degraded: nearest === null ? ["vectors"] : [],
    };
  };
}

export type Search = ReturnType<typeof createSearch>;
