import pg from "pg";

/** A fresh database with schema, accounts and sample documents; `drop` fails when a pool was left open on it. */
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

/** Two files that clone at the same moment disturb each other for some milliseconds. */
async function createFromTemplate(
  run: (statement: string) => Promise<void>,
  statement: string,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(statement);
    } catch (error) {
      if (attempt === 50 || !(error instanceof pg.DatabaseError) || error.code !== "55006") throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
