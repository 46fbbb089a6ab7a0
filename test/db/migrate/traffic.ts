import type { OpenSchema } from "./open-schema.ts";

/** Ten times as long as a migration may wait for its locks. */
const WRITER_WAIT_MS = 1_000;

/**
 * Runs `work` next to a backup that reads every table and a writer of every table. Returns what the writer waited for too long.
 * The backup ends when `work` reports that it waits, calls `endBackup` or ends.
 */
export async function runWithTraffic(
  schema: OpenSchema,
  work: (report: (line: string) => void, endBackup: () => Promise<void>) => Promise<unknown>,
): Promise<{ late: string[]; reports: string[] }> {
  const backup = await schema.connect();
  await backup.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  const { rows } = await backup.query<{ name: string }>(
    "SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')",
  );
  const tables = rows.map(({ name }) => name);
  for (const name of tables) await backup.query(`LOCK TABLE ONLY ${name} IN ACCESS SHARE MODE`);
  const reports: string[] = [];
  let ended = false;
  const endBackup = async () => void (await backup.query("COMMIT"));
  const end = work((line) => {
    reports.push(line);
    void endBackup();
  }, endBackup).finally(() => (ended = true));
  const late = await writeUntil(schema, tables, () => ended);
  // Also after work that waits for nothing. A second COMMIT is a warning.
  await endBackup();
  await end;
  return { late, reports };
}

/** Takes the lock of an INSERT on one table after the other. */
async function writeUntil(
  schema: OpenSchema,
  tables: readonly string[],
  isEnded: () => boolean,
): Promise<string[]> {
  const writer = await schema.connect();
  await writer.query(`SET lock_timeout = ${WRITER_WAIT_MS}`);
  const late = new Set<string>();
  while (!isEnded())
    for (const name of tables)
      await writer.query(`BEGIN; LOCK TABLE ${name} IN ROW EXCLUSIVE MODE; COMMIT`).catch((error: Error) => {
        if (!/does not exist/.test(error.message)) late.add(`${name}: ${error.message}`);
      });
  return [...late];
}
