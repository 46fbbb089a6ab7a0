import { type IndexVersion, findLiveIndexVersion } from "../../../db/knowledge/index-versions.ts";
import { findPassages, type Passage } from "../../../db/knowledge/documents.ts";
import { searchKeywords } from "../../../db/knowledge/search-keywords.ts";
import { type Database, isTransientDbError, withConnection } from "../../../db/connection/postgres.ts";
import type { Vectors } from "../../../db/knowledge/vectors.ts";
import { failpoint } from "../../../infra/runtime/failpoint.ts";
import type { EmbeddingClient } from "../model/embedding-client.ts";
import { fuseRankings } from "./fuse-rankings.ts";

/** A longer question is cut to its end, where the request usually is. About 500 tokens. */
const QUERY_CHARACTERS = 2_000;
/** Placeholders of masked details do not help the search. */
const PLACEHOLDERS = /\[\[[A-Z_]+_\d+\]\]/g;
/** Lines in place of files: a picture does not make a question one about pictures. The words in other placeholders help. */
const MEDIA_LINES = /^\[(?:image|audio|video|document|sticker|location|contact)(?:: [^\n]*)?\]$/gm;
const CANDIDATES = 12;
/** For embedding and vector query together. The contact is waiting, and keywords alone often find the passage. */
const VECTOR_BUDGET_MS = 2_500;

export interface SearchResult {
  passages: Passage[];
  indexVersion: string | null;
  degraded: string[];
  /** Of the question. */
  embeddingUsd: number;
}

export interface SearchDependencies {
  db: Database;
  /** Its statements have a short time limit, and it has few connections, so that slow searches delay nothing else. */
  searchDb: Database;
  model: Pick<EmbeddingClient, "embed">;
  vectors: Vectors;
}

/** Hybrid search: keyword and vector rankings, fused. If one of them is too slow or unavailable, `degraded` says so. */
export function createSearch({ db, searchDb, model, vectors }: SearchDependencies) {
  const findByKeyword = async (tenantId: string, query: string) => {
    try {
      const question = { tenantId, query, limit: CANDIDATES };
      return await withConnection(searchDb, async (one) => await searchKeywords(one, question));
    } catch (error) {
      // A large knowledge base or a long queue. If Postgres itself is unavailable, the next statement fails.
      if (isTransientDbError(error)) return null;
      throw error;
    }
  };
  const searchVectors = async (
    version: IndexVersion,
    { tenantId, query, onPaid }: { tenantId: string; query: string; onPaid: (usd: number) => void },
  ) => {
    const signal = AbortSignal.timeout(VECTOR_BUDGET_MS);
    const { embeddingModel, dimensions } = version;
    const embedded = await model.embed({ model: embeddingModel, dimensions, texts: [query], signal });
    onPaid(embedded.costUsd);
    const vector = embedded.vectors[0] ?? [];
    return await vectors.search(version, { tenantId, vector, limit: CANDIDATES });
  };
  return async function search(tenantId: string, question: string, limit: number): Promise<SearchResult> {
    const query = toSearchQuery(question);
    const version = await findLiveIndexVersion(db);
    let embeddingUsd = 0;
    // The vector store may fail after the embedding is paid.
    const onPaid = (usd: number) => (embeddingUsd = usd);
    const [byKeyword, byVector] = await Promise.all([
      findByKeyword(tenantId, query),
      version === null || query.trim() === ""
        ? []
        : // Not logged: the route of the turn records it as degraded.
          searchVectors(version, { tenantId, query, onPaid }).catch(() => null),
    ]);
    await failpoint("after_passage_ranking");
    const ids = fuseRankings([byKeyword ?? [], byVector ?? []], limit);
    return {
      // Filters by tenant again, in case the vector store returned a wrong id.
      passages: await findPassages(db, tenantId, ids),
      indexVersion: version?.id ?? null,
      embeddingUsd,
      degraded: [...(byKeyword === null ? ["keywords"] : []), ...(byVector === null ? ["vectors"] : [])],
    };
  };
}

export type Search = ReturnType<typeof createSearch>;

/** The words of a question that a search can find. */
export function toSearchQuery(question: string): string {
  const words = question.replace(PLACEHOLDERS, " ").replace(MEDIA_LINES, " ");
  return words.slice(-QUERY_CHARACTERS).toWellFormed();
}
