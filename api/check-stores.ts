import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { sql } from "drizzle-orm";
import type { Database } from "../db/connection/postgres.ts";

/** The same SQLSTATEs as the statement that stores a message would get. */
const READ_ONLY = "25006";
const NO_PERMISSION = "42501";

/** Throws where a message could not be stored: no connection, a standby, no table, or no permission. */
export async function checkPostgres(db: Database): Promise<void> {
  const { rows } = await db.execute<{ permitted: boolean; writable: boolean }>(sql`
    SELECT has_table_privilege('inbox', 'INSERT') AS permitted, current_setting('transaction_read_only') = 'off' AS writable`);
  const [row] = rows;
  if (row?.permitted === true && row.writable) return;
  const code = row?.writable === true ? NO_PERMISSION : READ_ONLY;
  throw Object.assign(new Error("PostgreSQL accepts no message."), { code });
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
