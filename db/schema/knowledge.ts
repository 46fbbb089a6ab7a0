import { sql } from "drizzle-orm";
import { bigint, index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { createdAt, timestamp, tsvector } from "./columns.ts";

/** One embedding space. A query never compares vectors of two versions. */
export const indexVersions = pgTable("index_versions", {
  id: text("id").primaryKey(),
  embeddingModel: text("embedding_model").notNull(),
  dimensions: integer("dimensions").notNull(),
  pineconeIndex: text("pinecone_index").notNull(),
  state: text("state", { enum: ["building", "live", "retired"] }).notNull(),
  createdAt: createdAt(),
});

export const documents = pgTable(
  "documents",
  {
    tenantId: text("tenant_id").notNull(),
    path: text("path").notNull(),
    sha256: text("sha256").notNull(),
    title: text("title").notNull(),
    indexVersion: text("index_version").notNull(),
    ingestedAt: timestamp("ingested_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.path] })],
);

export const chunks = pgTable(
  "chunks",
  {
    tenantId: text("tenant_id").notNull(),
    id: text("id").notNull(),
    documentPath: text("document_path").notNull(),
    ordinal: integer("ordinal").notNull(),
    title: text("title").notNull(),
    heading: text("heading").notNull(),
    body: text("body").notNull(),
    tokens: integer("tokens").notNull(),
    /** Its words for the keyword search: functions of the migrations say what counts as a word. */
    search: tsvector("search")
      .notNull()
      .generatedAlwaysAs(sql`chunk_words(title, heading, body)`),
    /** How many words that is, repeated ones included. */
    length: integer("length")
      .notNull()
      .generatedAlwaysAs(sql`count_words(chunk_words(title, heading, body))`),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    // Each word with the tenant in front of it. Without the pending list, which every search would read to its end.
    index("chunks_words")
      .using("gin", sql`tenant_words(${t.tenantId}, ${t.search})`)
      .with({ fastupdate: false }),
    index("chunks_document").on(t.tenantId, t.documentPath),
  ],
);

/*
 * The statistics of the keyword search. A trigger on `chunks` keeps them, in the transaction of each change.
 */

/** How many chunks of a tenant have a word. A word without a chunk has no row. */
export const knowledgeWords = pgTable(
  "knowledge_words",
  {
    tenantId: text("tenant_id").notNull(),
    word: text("word").notNull(),
    chunks: integer("chunks").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.word] })],
);

/** The chunks of a tenant and the sum of their lengths. */
export const knowledgeSizes = pgTable("knowledge_sizes", {
  tenantId: text("tenant_id").primaryKey(),
  chunks: integer("chunks").notNull(),
  words: bigint("words", { mode: "number" }).notNull(),
});
