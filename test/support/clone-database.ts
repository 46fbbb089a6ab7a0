import pg from "pg";

/** Creates a database with schema, accounts and sample documents. `drop` fails when a pool is still open on it. */
export async function cloneDatabase(
  databaseUrl: string,
  name: string,
): Promise<{ url: string; drop(): Promise<void> }> {
  const admin = new URL(databaseUrl);
  admin.pathname = "/postgres";
  const template = new URL(databaseUrl).pathname.slice(1);
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: admin.href });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await createFromTemplate(run, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`DROP DATABASE ${name}`) };
}

const ATTEMPTS = 300;
const PAUSE_MS = 100;

/** A template can be cloned only while no session uses it, and a concurrent clone is such a session: it takes up to 3 s on a busy machine. */
async function createFromTemplate(
  run: (statement: string) => Promise<void>,
  statement: string,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(statement);
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof pg.DatabaseError) || error.code !== "55006") throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
