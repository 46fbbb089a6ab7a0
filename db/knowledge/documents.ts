import { and, eq, inArray, sql } from "drizzle-orm";
import type { ChunkCursor } from "../../workflows/types.ts";
import type { Database, Queryable } from "../connection/postgres.ts";
import { toBatches } from "../connection/to-batches.ts";
import { lockWrittenVersions } from "./index-versions.ts";
import { chunks, documents } from "../schema/knowledge.ts";

/** Rows of one statement. A row has eight parameters. */
const INSERT_BATCH = 1_000;

export interface Passage {
  id: string;
  title: string;
  heading: string;
  body: string;
  tokens: number;
  documentPath: string;
}

export interface DocumentRow {
  tenantId: string;
  path: string;
  sha256: string;
  title: string;
  indexVersion: string;
}

export type ChunkRow = Omit<typeof chunks.$inferInsert, "search">;

const passageColumns = {
  id: chunks.id,
  title: chunks.title,
  heading: chunks.heading,
  body: chunks.body,
  tokens: chunks.tokens,
  documentPath: chunks.documentPath,
};

/** Hashes of the stored documents by path. An unchanged document is not embedded again. */
export async function listDocuments(db: Queryable, tenantId: string): Promise<Map<string, DocumentRow>> {
  const rows = await db.select().from(documents).where(eq(documents.tenantId, tenantId));
  return new Map(rows.map((row) => [row.path, row]));
}

/**
 * Replaces the chunks of a document. Returns the ids of the removed chunks, so that the caller deletes their vectors. Null,
 * and nothing is saved, where the set of writable index versions has changed since the vectors were written.
 */
export async function saveDocument(
  db: Database,
  document: DocumentRow,
  { rows, writtenTo }: { rows: ChunkRow[]; writtenTo: readonly string[] },
): Promise<string[] | null> {
  return await db.transaction(async (tx) => {
    if (!(await lockWrittenVersions(tx, writtenTo))) return null;
    const gone = await tx.delete(chunks).where(matchDocument(document)).returning({ id: chunks.id });
    for (const batch of toBatches(rows, INSERT_BATCH)) await tx.insert(chunks).values(batch);
    await tx
      .insert(documents)
      .values(document)
      .onConflictDoUpdate({
        target: [documents.tenantId, documents.path],
        set: { ...document, ingestedAt: sql`now()` },
      });
    const kept = new Set(rows.map((row) => row.id));
    return gone.map((row) => row.id).filter((id) => !kept.has(id));
  });
}

export async function removeDocument(
  db: Database,
  key: { tenantId: string; path: string },
): Promise<string[]> {
  return await db.transaction(async (tx) => {
    const gone = await tx.delete(chunks).where(matchDocument(key)).returning({ id: chunks.id });
    await tx.delete(documents).where(and(eq(documents.tenantId, key.tenantId), eq(documents.path, key.path)));
    return gone.map((row) => row.id);
  });
}

/** Passages of this tenant by id. An id of another tenant from the vector store finds nothing. */
export async function findPassages(db: Queryable, tenantId: string, ids: string[]): Promise<Passage[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select(passageColumns)
    .from(chunks)
    .where(and(eq(chunks.tenantId, tenantId), inArray(chunks.id, ids)));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

function matchDocument({ tenantId, path }: { tenantId: string; path: string }) {
  return and(eq(chunks.tenantId, tenantId), eq(chunks.documentPath, path));
}

/** The ids of all chunks of a tenant. */
export async function listChunkIds(db: Queryable, tenantId: string): Promise<Set<string>> {
  const rows = await db.select({ id: chunks.id }).from(chunks).where(eq(chunks.tenantId, tenantId));
  return new Set(rows.map(({ id }) => id));
}

/** One batch of all tenants' chunks, in the order of the key. */
export async function listChunksAfter(
  db: Queryable,
  after: ChunkCursor | null,
  limit: number,
): Promise<ChunkText[]> {
  return await db
    .select({ tenantId: chunks.tenantId, ...passageColumns })
    .from(chunks)
    .where(
      after === null
        ? undefined
        : sql`(${chunks.tenantId}, ${chunks.id}) > (${after.tenantId}, ${after.chunkId})`,
    )
    .orderBy(chunks.tenantId, chunks.id)
    .limit(limit);
}

export type ChunkText = Passage & { tenantId: string };

export async function countChunks(db: Database): Promise<number> {
  return await db.$count(chunks);
}
