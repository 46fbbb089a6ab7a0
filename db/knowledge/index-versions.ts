import { and, asc, eq, ne, sql } from "drizzle-orm";
import { keepStatement } from "../../infra/runtime/patches/keep-statement.ts";
import type { Database, Queryable } from "../connection/postgres.ts";
import { documents, indexVersions } from "../schema/knowledge.ts";
import { INDEX_VERSION_MOVES } from "../transitions/index-version-moves.ts";
import { mayMove, newState } from "../transitions/move.ts";

/*
 * Versions of the index, one for each embedding space. The states and their moves are in db/transitions/index-version-moves.ts. New
 * documents are written to the version that is live and to those that are building.
 */

export interface IndexVersion {
  id: string;
  embeddingModel: string;
  dimensions: number;
  pineconeIndex: string;
}

export type IndexVersionRow = typeof indexVersions.$inferSelect;

const selectLive = keepStatement((db: Queryable) =>
  db.select().from(indexVersions).where(eq(indexVersions.state, "live")).limit(1),
);

export async function findLiveIndexVersion(db: Queryable): Promise<IndexVersion | null> {
  const [row] = await selectLive(db, {});
  return row ?? null;
}

export async function findIndexVersion(db: Queryable, id: string): Promise<IndexVersionRow | null> {
  const [row] = await db.select().from(indexVersions).where(eq(indexVersions.id, id));
  return row ?? null;
}

export async function listIndexVersions(db: Queryable): Promise<IndexVersionRow[]> {
  return await db.select().from(indexVersions).orderBy(asc(indexVersions.createdAt));
}

/** An existing version keeps its state. */
export async function addIndexVersion(db: Queryable, version: IndexVersion): Promise<void> {
  const { add, addFirst } = INDEX_VERSION_MOVES;
  const state = sql<"live" | "building">`CASE WHEN EXISTS (SELECT FROM ${indexVersions} WHERE state = 'live')
    THEN ${newState(add)} ELSE ${newState(addFirst)} END`;
  await db
    .insert(indexVersions)
    .values({ ...version, state })
    .onConflictDoNothing();
}

/** From now on new documents are written to the version too, so that one pass over the existing chunks completes it. */
export async function beginBuilding(db: Queryable, id: string): Promise<void> {
  const { rebuild } = INDEX_VERSION_MOVES;
  await db
    .update(indexVersions)
    .set({ state: rebuild.to })
    .where(and(eq(indexVersions.id, id), mayMove(indexVersions.state, rebuild)));
}

/** The versions that a new document is written to, the live one first. */
export async function listWritableIndexVersions(db: Queryable): Promise<IndexVersionRow[]> {
  return await db
    .select()
    .from(indexVersions)
    .where(ne(indexVersions.state, "retired"))
    .orderBy(sql`${indexVersions.state} = 'live' DESC`, asc(indexVersions.id));
}

/** False where the versions that are live or building are not these. None of them changes its state until the transaction ends. */
export async function lockWrittenVersions(tx: Queryable, writtenTo: readonly string[]): Promise<boolean> {
  const { rows } = await tx.execute<{ id: string }>(
    sql`SELECT id FROM ${indexVersions} WHERE state <> 'retired' ORDER BY id FOR SHARE`,
  );
  return rows.length === writtenTo.length && rows.every(({ id }) => writtenTo.includes(id));
}

/** `live`: the version was live before. `retired`: it was promoted earlier and replaced, or its job was abandoned, so it misses documents. */
export type Promotion =
  | { state: "promoted"; retired: string | null }
  | { state: "live" | "retired" | "missing" };

/** Searches use this version from now on. It changes only a version that is being built. */
export async function promoteIndexVersion(db: Database, id: string): Promise<Promotion> {
  return await db.transaction(async (tx) => {
    await tx.execute(sql`SELECT FROM ${indexVersions} ORDER BY id FOR UPDATE`);
    const live = await findLiveIndexVersion(tx);
    const { promote, retire } = INDEX_VERSION_MOVES;
    const promoted = await tx
      .update(indexVersions)
      .set({ state: promote.to })
      .where(and(eq(indexVersions.id, id), mayMove(indexVersions.state, promote)));
    if (promoted.rowCount === 0) {
      const version = await findIndexVersion(tx, id);
      return { state: version === null ? "missing" : version.state === "live" ? "live" : "retired" };
    }
    await tx
      .update(indexVersions)
      .set({ state: retire.to })
      .where(and(ne(indexVersions.id, id), mayMove(indexVersions.state, retire)));
    // The version has all documents, so the next ingestion skips the unchanged ones.
    await tx.update(documents).set({ indexVersion: id });
    return { state: "promoted", retired: live?.id ?? null };
  });
}

/** Its job failed. New documents are not written to it any more, so a wrong model does not stop every ingestion. */
export async function abandonBuilding(db: Queryable, id: string): Promise<void> {
  const { abandon } = INDEX_VERSION_MOVES;
  await db
    .update(indexVersions)
    .set({ state: abandon.to })
    .where(and(eq(indexVersions.id, id), mayMove(indexVersions.state, abandon)));
}

/** Deletes a retired version. False where it is live or building. */
export async function removeIndexVersion(db: Queryable, id: string): Promise<boolean> {
  const removed = await db.execute(sql`DELETE FROM ${indexVersions} WHERE id = ${id} AND state = 'retired'`);
  return removed.rowCount === 1;
}
