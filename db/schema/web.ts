import { bigint, index, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { bytea, createdAt } from "./columns.ts";

/**
 * The events of a web chat, in the order of the conversation's numbers. A client that reconnects continues after the last
 * number it has.
 */
export const streamEvents = pgTable(
  "stream_events",
  {
    tenantId: text("tenant_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    /** The next number of the conversation (`takeSeq`), so that numbers become visible in order. */
    seq: bigint("seq", { mode: "number" }).notNull(),
    /** The id of the subject, so that each subject has one event: a delivery id, an id of an inbound message. */
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
