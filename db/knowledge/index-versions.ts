import { asc, eq, ne, sql } from "drizzle-orm";
import type { Database, Queryable } from "../connection/postgres.ts";
import { documents, indexVersions } from "../schema/knowledge.ts";

/*
 * Versions of the index, one for each embedding space. Legal moves:
 *
 *   building -> live       every chunk is in it; the one that was live is retired in the same transaction
 *   retired  -> building   somebody wants it back: it is filled up first
 *   live     -> retired    never without a successor
 *
 * Documents that come in are written to whatever is live or building.
 */

export interface IndexVersion {
  id: string;
  embeddingModel: string;
  dimensions: number;
  pineconeIndex: string;
}

export type IndexVersionRow = typeof indexVersions.$inferSelect;

export async function findLiveIndexVersion(db: Queryable): Promise<IndexVersion | null> {
  const [row] = await db.select().from(indexVersions).where(eq(indexVersions.state, "live")).limit(1);
  return row ?? null;
}

export async function findIndexVersion(db: Queryable, id: string): Promise<IndexVersionRow | null> {
  const [row] = await db.select().from(indexVersions).where(eq(indexVersions.id, id));
  return row ?? null;
}

export async function listIndexVersions(db: Queryable): Promise<IndexVersionRow[]> {
  return await db.select().from(indexVersions).orderBy(asc(indexVersions.createdAt));
}

/** A version that is known keeps its state. The first of an installation is live at once: there is nothing to be brought over. */
export async function addIndexVersion(db: Queryable, version: IndexVersion): Promise<void> {
  const state = sql<"live" | "building">`CASE WHEN EXISTS (SELECT FROM ${indexVersions} WHERE state = 'live')
    THEN 'building' ELSE 'live' END`;
  await db
    .insert(indexVersions)
    .values({ ...version, state })
    .onConflictDoNothing();
}

/** What comes in from here on is written to it too, so that a walk through what is there already makes it whole. */
export async function beginBuilding(db: Queryable, id: string): Promise<void> {
  await db.execute(
    sql`UPDATE ${indexVersions} SET state = 'building' WHERE id = ${id} AND state = 'retired'`,
  );
}

/** The versions that a new document goes into, the live one first. */
export async function listWritableIndexVersions(db: Queryable): Promise<IndexVersionRow[]> {
  return await db
    .select()
    .from(indexVersions)
    .where(ne(indexVersions.state, "retired"))
    .orderBy(sql`${indexVersions.state} = 'live' DESC`, asc(indexVersions.id));
}

/** False where other versions are kept by now than those; until the transaction ends none of them changes its state. */
export async function lockWrittenVersions(tx: Queryable, writtenTo: readonly string[]): Promise<boolean> {
  const { rows } = await tx.execute<{ id: string }>(
    sql`SELECT id FROM ${indexVersions} WHERE state <> 'retired' FOR SHARE`,
  );
  return rows.length === writtenTo.length && rows.every(({ id }) => writtenTo.includes(id));
}

/** Asks questions of this version from here on; returns the one that was live until now, or null where it was this one. */
export async function promoteIndexVersion(db: Database, id: string): Promise<string | null> {
  return await db.transaction(async (tx) => {
    await tx.execute(sql`SELECT FROM ${indexVersions} ORDER BY id FOR UPDATE`);
    const live = await findLiveIndexVersion(tx);
    if (live?.id === id) return null;
    await tx.update(indexVersions).set({ state: "retired" }).where(eq(indexVersions.state, "live"));
    await tx.update(indexVersions).set({ state: "live" }).where(eq(indexVersions.id, id));
    // All of them are in it: the next ingest leaves the unchanged ones alone.
    await tx.update(documents).set({ indexVersion: id });
    return live?.id ?? null;
  });
}

/** Forgets a retired version; false where it is used or being built. */
export async function removeIndexVersion(db: Queryable, id: string): Promise<boolean> {
  const removed = await db.execute(sql`DELETE FROM ${indexVersions} WHERE id = ${id} AND state = 'retired'`);
  return removed.rowCount === 1;
}
