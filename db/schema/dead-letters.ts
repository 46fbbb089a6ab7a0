import { index, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { timestamp } from "./columns.ts";

/**
 * Dead letters that an operator has dismissed. A dead letter itself has no row: see db/dead-letters/dead-letters.ts. A dismissal is about
 * everything before it, so a letter that is replayed and dies again is not dismissed.
 */
export const deadLetterDismissals = pgTable(
  "dead_letter_dismissals",
  {
    tenantId: text("tenant_id").notNull(),
    /** The id of the dead letter. */
    id: text("id").notNull(),
    author: text("author").notNull(),
    note: text("note").notNull(),
    dismissedAt: timestamp("dismissed_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index("dead_letter_dismissals_by_time").on(t.tenantId, t.dismissedAt, t.id),
  ],
);
