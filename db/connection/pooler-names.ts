import { randomBytes } from "node:crypto";
import type pg from "pg";

/**
 * Whether a pooler keeps the names of prepared statements apart for its clients, as PgBouncer does from 1.21 on with
 * `max_prepared_statements`. It then has a name of its own for the statement on the server. A pooler that passes our name on would run a
 * statement of another client, or of no client, because the next transaction may have another session.
 */
export async function supportsNames(client: Pick<pg.ClientBase, "query">): Promise<boolean> {
  const name = `parley_probe_${randomBytes(8).toString("hex")}`;
  await client.query("BEGIN");
  const { rows } = await client.query<{ count: number }>({
    name,
    text: "SELECT count(*)::int AS count FROM pg_prepared_statements WHERE name = $1",
    values: [name],
  });
  const isPassedOn = rows[0]?.count !== 0;
  // Otherwise each connection would leave a statement to the session of the server.
  await client.query(isPassedOn ? `DEALLOCATE ${name}; COMMIT` : "COMMIT");
  return !isPassedOn;
}
