import { pgTable, text } from "drizzle-orm/pg-core";
import { timestamp } from "./columns.ts";

/** What an operator should act on now. `seen_at` is renewed while it lasts, so an alert of a process that has ended becomes old. */
export const alerts = pgTable("alerts", {
  name: text("name").primaryKey(),
  detail: text("detail").notNull(),
  since: timestamp("since").notNull().defaultNow(),
  seenAt: timestamp("seen_at").notNull().defaultNow(),
});
