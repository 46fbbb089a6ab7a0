import { sql } from "drizzle-orm";
import { index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
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
    search: tsvector("search")
      .notNull()
      .generatedAlwaysAs(
        sql`setweight(to_tsvector('english', title || ' ' || heading), 'A') || to_tsvector('english', body)`,
      ),
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
