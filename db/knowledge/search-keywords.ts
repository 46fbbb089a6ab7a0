import { sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { chunks, knowledgeSizes, knowledgeWords } from "../schema/knowledge.ts";
import { chooseWordSets, type CountedWord } from "./choose-word-sets.ts";

/** Time limit of one statement of the search. Its connections have no other use: see `connectPostgres`. */
export const KEYWORD_STATEMENT_MS = 1_000;
/** Words of a question that are searched: more than a question of one sentence has. */
const MAX_WORDS = 12;
/** Chunks that are ranked. Finding a chunk costs hardly anything, and ranking it for each word does. */
const MAX_CANDIDATES = 2_000;

/**
 * Of BM25 (Robertson, Zaragoza, "The Probabilistic Relevance Framework", 2009): how fast the repetition of a word loses its weight, and how
 * much a long chunk loses. `npm run eval -- retrieval` measures them.
 */
const REPETITION = 1.5;
const LENGTH = 0.75;

interface Question {
  tenantId: string;
  query: string;
  limit: number;
}

/**
 * Keyword search, best first by BM25 over the tenant's own chunks. One matching word is enough, because contacts ask in sentences and
 * documents answer in other words. Of a long question only the rarest words count. Where more chunks match than are ranked, those with the
 * rarest words are, and then those with several of the other words. So the number of rows that are read does not grow with the chunks of
 * the tenant, nor with those of other tenants.
 */
export async function searchKeywords(db: Queryable, question: Question): Promise<string[]> {
  const found = await rankMatches(db, { ...question, query: question.query.replaceAll("\u0000", " ") });
  return found.candidates <= MAX_CANDIDATES ? found.ids : await rankCandidates(db, question, found.counted);
}

interface Matches {
  /** The words that are searched, the rarest first. */
  counted: CountedWord[];
  /** One more than are ranked where there are too many. Then none is ranked. */
  candidates: number;
  ids: string[];
}

/** Ranks all chunks with one of the words. */
async function rankMatches(db: Queryable, { tenantId, query, limit }: Question): Promise<Matches> {
  const { rows } = await db.execute<Matches & Record<string, unknown>>(sql`
    WITH counted AS MATERIALIZED (
      SELECT word, chunks FROM ${knowledgeWords}
      WHERE tenant_id = ${tenantId} AND word = ANY ((SELECT tsvector_to_array(search_words(${query})))::text[])
      ORDER BY chunks, length(word) DESC, word LIMIT ${MAX_WORDS}),
    ${weighWords(tenantId)},
    candidates AS MATERIALIZED (
      SELECT ${CHUNK} FROM ${chunks}
      WHERE ${KEYS_OF_CHUNK} && (SELECT array_agg(${tenantId} || '/' || word) FROM counted) LIMIT ${MAX_CANDIDATES + 1}),
    found AS MATERIALIZED (SELECT count(*)::int AS candidates FROM candidates)
    SELECT (SELECT coalesce(json_agg(counted), '[]') FROM counted) AS counted, found.candidates, ARRAY(
      SELECT c.id FROM candidates AS c, ${SCORE} WHERE found.candidates <= ${MAX_CANDIDATES} AND c.tenant_id = ${tenantId}
      ORDER BY scored.score DESC, c.id LIMIT ${limit}) AS ids
    FROM found`);
  return rows[0] ?? { counted: [], candidates: 0, ids: [] };
}

/** Ranks the chunks of the most promising sets of words, by all words. */
async function rankCandidates(
  db: Queryable,
  { tenantId, limit }: Question,
  counted: readonly CountedWord[],
): Promise<string[]> {
  const sets = chooseWordSets(counted, MAX_CANDIDATES);
  const { rows } = await db.execute<{ id: string }>(sql`
    WITH counted AS MATERIALIZED (SELECT * FROM json_to_recordset(${JSON.stringify(counted)}::json) AS word (word text, chunks int)),
    ${weighWords(tenantId)},
    sets AS MATERIALIZED (
      SELECT place, ARRAY(SELECT ${tenantId} || '/' || word FROM json_array_elements_text(words) AS word) AS keys
      FROM json_array_elements(${JSON.stringify(sets)}::json) WITH ORDINALITY AS s (words, place)),
    candidates AS MATERIALIZED (
      SELECT c.* FROM (SELECT place, keys FROM sets ORDER BY place) AS s CROSS JOIN LATERAL (
        SELECT ${CHUNK} FROM ${chunks} WHERE ${KEYS_OF_CHUNK} @> s.keys LIMIT ${MAX_CANDIDATES}) AS c
      ORDER BY s.place LIMIT ${MAX_CANDIDATES})
    SELECT c.id FROM (SELECT DISTINCT ON (id) * FROM candidates WHERE tenant_id = ${tenantId}) AS c, ${SCORE}
    ORDER BY scored.score DESC, c.id LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

/** The words with their rarity, and the average length of the tenant's chunks. */
function weighWords(tenantId: string) {
  return sql`
    asked AS MATERIALIZED (
      SELECT quote_literal(counted.word)::tsquery AS word, k.words::float8 / k.chunks AS average_length,
        ln(1 + (k.chunks - counted.chunks + 0.5) / (counted.chunks + 0.5)) AS rarity
      FROM counted, ${knowledgeSizes} AS k WHERE k.tenant_id = ${tenantId} AND k.chunks > 0)`;
}

/**
 * BM25 of the chunk `c`. The words of a long chunk are stored compressed elsewhere: the concatenation unpacks them once, and not for each
 * word of the question.
 */
const SCORE = sql.raw(`LATERAL (
  SELECT sum(rarity * ${REPETITION + 1}::float8 * (1 - damped / (damped + times))) AS score
  FROM (SELECT c.search || ''::tsvector AS words OFFSET 0) AS unpacked, LATERAL (
    SELECT rarity, count_word(unpacked.words, word) AS times,
      ${REPETITION}::float8 * (${1 - LENGTH}::float8 + ${LENGTH}::float8 * c.length / average_length) AS damped
    FROM asked) AS counts) AS scored`);

const CHUNK = sql.raw("tenant_id, id, search, length");
/**
 * The words of a chunk with its tenant, as the index `chunks_words` has them: it finds no row of another tenant. The key of the table,
 * which begins with the tenant, must not be used in its place, because it reads every chunk of the tenant.
 */
const KEYS_OF_CHUNK = sql.raw("tenant_words(tenant_id, search)");
