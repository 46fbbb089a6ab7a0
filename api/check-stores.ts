import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { sql } from "drizzle-orm";
import type { Database } from "../db/connection/postgres.ts";

/** Throws where a message could not be stored: no connection, a standby, or no table. */
export async function checkPostgres(db: Database): Promise<void> {
  const { rows } = await db.execute<{ writable: boolean }>(sql`
    SELECT has_table_privilege('inbox', 'INSERT') AND current_setting('transaction_read_only') = 'off' AS writable`);
  if (rows[0]?.writable !== true) throw new Error("PostgreSQL accepts no message.");
}

/** No workflow has this id. */
const NO_WORKFLOW = "parley:readiness";

/** Throws where no workflow could start. The frontend alone responds also while Temporal's own database is unavailable. */
export async function checkTemporal(temporal: Client): Promise<void> {
  try {
    await temporal.workflow.getHandle(NO_WORKFLOW).describe();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
