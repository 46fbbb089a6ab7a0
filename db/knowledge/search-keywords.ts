import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { chunks } from "../schema/knowledge.ts";
import { chooseWordSets, type CountedWord } from "./choose-word-sets.ts";

/** Time limit of one statement of the search. Its connections have no other use: see `connectPostgres`. */
export const KEYWORD_STATEMENT_MS = 1_000;
/** Words of a question that are searched: more than a question of one sentence has. */
const MAX_WORDS = 12;
/** Chunks that are ranked. Ranking costs about 7 µs each, and finding a chunk hardly anything. */
const MAX_CANDIDATES = 2_000;

interface Question {
  tenantId: string;
  query: string;
  limit: number;
}

/**
 * Keyword search, best first. One matching word is enough, because contacts ask in sentences and documents answer in other
 * words. Passages with rare words and heading words rank first. Of a long question only the rarest words count. Where more chunks match
 * than are ranked, those with the rarest words are, and then those with several of the other words. So the number of rows that are read
 * does not grow with the chunks of the tenant, nor with those of other tenants.
 */
export async function searchKeywords(db: Queryable, question: Question): Promise<string[]> {
  const query = question.query.replaceAll("\u0000", " ");
  const isShort = query.split(/[^\p{L}\p{N}]+/u).length <= MAX_WORDS;
  const found = await rankMatches(
    db,
    question,
    isShort ? selectWords(query) : await selectRarestWords(db, query),
  );
  if (found.candidates <= MAX_CANDIDATES) return found.ids;
  const counted = await countMatches(db, question.tenantId, found.words);
  return await rankCandidates(db, question, counted);
}

interface Matches {
  words: string[];
  /** One more than are ranked where there are too many. Then none is ranked. */
  candidates: number;
  ids: string[];
}

/** Ranks all chunks with one of the words. */
async function rankMatches(db: Queryable, { tenantId, limit }: Question, words: SQL): Promise<Matches> {
  const { rows } = await db.execute<{ words: string[] | null; candidates: number; ids: string[] }>(sql`
    WITH question AS MATERIALIZED (
      SELECT array_agg(lexeme) AS words, array_agg(${tenantId} || '/' || lexeme) AS keys, ${toQuery()} AS ranked FROM (${words}) AS word),
    candidates AS MATERIALIZED (
      SELECT ${CHUNK} FROM ${chunks} WHERE ${KEYS_OF_CHUNK} && (SELECT keys FROM question) LIMIT ${MAX_CANDIDATES + 1}),
    counted AS MATERIALIZED (SELECT count(*)::int AS candidates FROM candidates)
    SELECT words, counted.candidates, ARRAY(
      SELECT id FROM candidates WHERE counted.candidates <= ${MAX_CANDIDATES} AND tenant_id = ${tenantId}
      ORDER BY ts_rank_cd(search, ranked, 1) DESC, id LIMIT ${limit}) AS ids
    FROM question, counted`);
  const [row] = rows;
  return { words: row?.words ?? [], candidates: row?.candidates ?? 0, ids: row?.ids ?? [] };
}

/** The chunks of each word, the rarest word first. A word with more chunks than are ranked is not counted to its end. */
async function countMatches(
  db: Queryable,
  tenantId: string,
  words: readonly string[],
): Promise<CountedWord[]> {
  const { rows } = await db.execute<{ word: string; chunks: number }>(sql`
    SELECT lexeme AS word, (SELECT count(*)::int FROM (
      SELECT FROM ${chunks} WHERE ${KEYS_OF_CHUNK} @> ARRAY[${tenantId} || '/' || lexeme] LIMIT ${MAX_CANDIDATES + 1}) AS found) AS chunks
    FROM (${toWords(words)}) AS word ORDER BY chunks, length(lexeme) DESC, lexeme`);
  return rows;
}

/** Ranks the chunks of the most promising sets of words, by all words. */
async function rankCandidates(
  db: Queryable,
  { tenantId, limit }: Question,
  counted: readonly CountedWord[],
): Promise<string[]> {
  const sets = chooseWordSets(counted, MAX_CANDIDATES);
  const { rows } = await db.execute<{ id: string }>(sql`
    WITH question AS MATERIALIZED (SELECT ${toQuery()} AS ranked FROM (${toWords(counted.map(({ word }) => word))}) AS word),
    sets AS MATERIALIZED (
      SELECT place, ARRAY(SELECT ${tenantId} || '/' || word FROM json_array_elements_text(words) AS word) AS keys
      FROM json_array_elements(${JSON.stringify(sets)}::json) WITH ORDINALITY AS s (words, place)),
    candidates AS MATERIALIZED (
      SELECT c.* FROM (SELECT place, keys FROM sets ORDER BY place) AS s CROSS JOIN LATERAL (
        SELECT ${CHUNK} FROM ${chunks} WHERE ${KEYS_OF_CHUNK} @> s.keys LIMIT ${MAX_CANDIDATES}) AS c
      ORDER BY s.place LIMIT ${MAX_CANDIDATES})
    SELECT id FROM (SELECT DISTINCT ON (id) id, search FROM candidates WHERE tenant_id = ${tenantId}) AS c, question
    ORDER BY ts_rank_cd(search, ranked, 1) DESC, id LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

/** The rarest words of a question by the statistics of the table, and the longest of those without statistics. */
async function selectRarestWords(db: Queryable, query: string): Promise<SQL> {
  const { rows } = await db.execute<{ lexeme: string }>(sql`
    WITH shares AS (
      SELECT s.lexeme, s.share FROM pg_stats p,
        unnest(p.most_common_elems::text::text[], p.most_common_elem_freqs) AS s (lexeme, share)
      WHERE p.schemaname = current_schema() AND p.tablename = 'chunks' AND p.attname = 'search'
    )
    SELECT lexeme FROM (${selectWords(query)}) AS word LEFT JOIN shares USING (lexeme)
    ORDER BY coalesce(share, 0), length(lexeme) DESC, lexeme LIMIT ${MAX_WORDS}`);
  return toWords(rows.map(({ lexeme }) => lexeme));
}

const CHUNK = sql.raw("tenant_id, id, search");
/**
 * The words of a chunk with its tenant, as the index `chunks_words` has them: it finds no row of another tenant. The key of the table,
 * which begins with the tenant, must not be used in its place, because it reads every chunk of the tenant.
 */
const KEYS_OF_CHUNK = sql.raw("tenant_words(tenant_id, search)");

function selectWords(query: string): SQL {
  return sql`SELECT lexeme FROM unnest(to_tsvector('english', ${query}))`;
}

function toWords(lexemes: readonly string[]): SQL {
  return sql`SELECT value AS lexeme FROM json_array_elements_text(${JSON.stringify(lexemes)}::json)`;
}

function toQuery(): SQL {
  return sql.raw("to_tsquery('simple', string_agg(quote_literal(lexeme), ' | '))");
}
