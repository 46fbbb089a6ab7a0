import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { chunks } from "../schema/knowledge.ts";

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
 * than are ranked, those with the rarest words are.
 */
export async function searchKeywords(db: Queryable, question: Question): Promise<string[]> {
  const query = question.query.replaceAll("\u0000", " ");
  const isShort = query.split(/[^\p{L}\p{N}]+/u).length <= MAX_WORDS;
  const words = isShort ? selectWords(query) : toWords(await listRarestWords(db, query, null));
  const found = await rankChunks(db, question, { searched: words, ranked: words });
  if (found.candidates < MAX_CANDIDATES) return found.ids;
  const rarest = toWords(await listRarestWords(db, query, MAX_CANDIDATES));
  const narrowed = await rankChunks(db, question, { searched: rarest, ranked: words });
  return [...new Set([...narrowed.ids, ...found.ids])].slice(0, question.limit);
}

/** Chunks with one of the words `searched`, in the order of the words `ranked`. */
async function rankChunks(
  db: Queryable,
  { tenantId, limit }: Question,
  { searched, ranked }: { searched: SQL; ranked: SQL },
): Promise<{ ids: string[]; candidates: number }> {
  const { rows } = await db.execute<{ id: string; candidates: number }>(sql`
    WITH words AS MATERIALIZED (SELECT (${toQuery(searched)}) AS searched, (${toQuery(ranked)}) AS ranked),
    candidates AS MATERIALIZED (
      SELECT ${chunks.id} AS id, ${chunks.search} AS search FROM ${chunks}, words
      WHERE ${chunks.tenantId} = ${tenantId} AND ${chunks.search} @@ words.searched LIMIT ${MAX_CANDIDATES})
    SELECT id, (count(*) OVER ())::int AS candidates FROM candidates, words
    ORDER BY ts_rank_cd(search, words.ranked, 1) DESC, id LIMIT ${limit}`);
  return { ids: rows.map((row) => row.id), candidates: rows[0]?.candidates ?? 0 };
}

/**
 * The rarest words of a question by the statistics of the table, and the longest of those without statistics. With `maxChunks`, as many
 * words as together have about that number of chunks, and at least one.
 */
async function listRarestWords(db: Queryable, query: string, maxChunks: number | null): Promise<string[]> {
  const { rows } = await db.execute<{ lexeme: string }>(sql`
    WITH shares AS (
      SELECT s.lexeme, s.share FROM pg_stats p,
        unnest(p.most_common_elems::text::text[], p.most_common_elem_freqs) AS s (lexeme, share)
      WHERE p.schemaname = current_schema() AND p.tablename = 'chunks' AND p.attname = 'search'
    ), words AS (
      SELECT lexeme, row_number() OVER rarest AS place, sum(coalesce(share, 0)) OVER rarest AS share
      FROM (${selectWords(query)}) AS word LEFT JOIN shares USING (lexeme)
      WINDOW rarest AS (ORDER BY coalesce(share, 0), length(lexeme) DESC, lexeme ROWS UNBOUNDED PRECEDING)
    )
    SELECT lexeme FROM words WHERE place <= ${MAX_WORDS} AND (place = 1 OR ${maxChunks}::float8 IS NULL OR
      share * (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'chunks'::regclass) <= ${maxChunks}::float8)`);
  return rows.map(({ lexeme }) => lexeme);
}

function selectWords(query: string): SQL {
  return sql`SELECT lexeme FROM unnest(to_tsvector('english', ${query}))`;
}

function toWords(lexemes: readonly string[]): SQL {
  return sql`SELECT value AS lexeme FROM json_array_elements_text(${JSON.stringify(lexemes)}::json)`;
}

function toQuery(words: SQL): SQL {
  return sql`SELECT to_tsquery('simple', string_agg(quote_literal(lexeme), ' | ')) FROM (${words}) AS word`;
}
