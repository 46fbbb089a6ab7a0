import { bigint, index, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { bytea, createdAt } from "./columns.ts";

/** What a web client is told, in the order of the conversation's numbers; a client that was away reads on from the last it saw. */
export const streamEvents = pgTable(
  "stream_events",
  {
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    /** The conversation's next number (`takeSeq`), so that numbers become visible in their order. */
    seq: bigint("seq", { mode: "number" }).notNull(),
    /** What it tells of, so that it is told once: a delivery's id, an inbound message's id. */
    key: text("key").notNull(),
    kind: text("kind", { enum: ["message", "reply", "status"] }).notNull(),
    body: bytea("body").notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.conversationId, t.seq] }),
    unique("stream_events_key").on(t.conversationId, t.key),
    index("stream_events_age").on(t.createdAt),
  ],
);
