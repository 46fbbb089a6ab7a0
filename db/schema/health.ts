import { index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { timestamp } from "./columns.ts";

/** What an operator should act on now. `seen_at` is renewed while it lasts, so an alert of a process that has ended becomes old. */
export const alerts = pgTable("alerts", {
  name: text("name").primaryKey(),
  detail: text("detail").notNull(),
  since: timestamp("since").notNull().defaultNow(),
  seenAt: timestamp("seen_at").notNull().defaultNow(),
});

/** Workflows that fail permanently in a step, on any worker: see db/health/step-failures.ts. */
export const stepFailures = pgTable(
  "step_failures",
  {
    step: text("step").notNull(),
    workflowId: text("workflow_id").notNull(),
    build: text("build").notNull(),
    failures: integer("failures").notNull(),
    firstAt: timestamp("first_at").notNull(),
    lastAt: timestamp("last_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.step, t.workflowId] }),
    // The workflows that fail at present, and the oldest rows.
    index("step_failures_by_time").on(t.lastAt),
  ],
);
