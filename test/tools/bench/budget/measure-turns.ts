import { performance } from "node:perf_hooks";
import pg from "pg";
import { drizzle } from "drizzle-orm/node-postgres";
import { planAnswer, settleBudget } from "../../../../db/tenants/budgets.ts";

/** What the turns write: one row that all of them update, the budget of one tenant, or those of many. */
export type Spread = "one_row" | "one_tenant" | "many_tenants";

export interface TurnLoad {
  connections: number;
  seconds: number;
  /** How long a commit takes at least. */
  syncMs: number;
}

const RESERVED_USD = 0.03;
/** High enough that the limit is never near. */
const BUDGET_USD = 100_000;

/** Turns per second: two commits each, one for the reservation and one for the cost. Each connection works on turns of its own. */
export async function measureTurns(
  url: string,
  spread: Spread,
  { connections, seconds, syncMs }: TurnLoad,
): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => await connect(url, syncMs)),
  );
  try {
    const end = performance.now() + seconds * 1_000;
    const counts = await Promise.all(
      clients.map(async (client, index) => {
        const tenant = spread === "many_tenants" ? index : 0;
        const work = spread === "one_row" ? updateOneRow : createTurn(`bench-${spread}-${tenant}`);
        let turns = 0;
        while (performance.now() < end) {
          await work(client);
          turns++;
        }
        return turns;
      }),
    );
    return counts.reduce((total, count) => total + count, 0) / seconds;
  } finally {
    await Promise.all(clients.map(async (client) => await client.end()));
  }
}

async function connect(url: string, syncMs: number): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`SET commit_siblings = 0; SET commit_delay = ${syncMs * 1_000}`);
  return client;
}

/** What a budget in one row costs. */
async function updateOneRow(client: pg.Client): Promise<void> {
  for (const [reserved, spent] of [
    [RESERVED_USD, 0],
    [-RESERVED_USD, 0.001],
  ])
    await client.query(
      `INSERT INTO budgets AS b (tenant_id, day, reserved_usd, spent_usd) VALUES ('bench-row', '2000-01-01', $1, $2)
      ON CONFLICT (tenant_id, day) DO UPDATE SET reserved_usd = b.reserved_usd + EXCLUDED.reserved_usd, spent_usd = b.spent_usd + EXCLUDED.spent_usd`,
      [reserved, spent],
    );
}

/** Inserts a turn, without a wait for its commit, and reserves and settles its money. */
function createTurn(tenantId: string) {
  return async (client: pg.Client): Promise<void> => {
    const { rows } = await client.query<{ id: string }>(
      `WITH tenant AS (
        INSERT INTO tenants (id, business_name, daily_budget_usd) VALUES ($1, 'bench', $2) ON CONFLICT DO NOTHING
      ), contact AS (
        INSERT INTO conversations (id, tenant_id, channel, account_id, contact_id)
        VALUES (gen_random_uuid(), $1, 'webhook', $1, gen_random_uuid()) RETURNING id
      )
      INSERT INTO turns (id, tenant_id, conversation_id, workflow_id)
      SELECT gen_random_uuid(), $1, id, 'msg:' || id FROM contact RETURNING id, set_config('synchronous_commit', 'off', true)`,
      [tenantId, BUDGET_USD],
    );
    const turnId = rows[0]?.id ?? "";
    const db = drizzle({ client });
    const { verdict } = await planAnswer(db, { turnId, usd: RESERVED_USD });
    // A refusal takes no lock, so it would make the turns faster.
    if (verdict !== "reserved") throw new Error(`The budget of a turn was not reserved: ${verdict}.`);
    await settleBudget(db, { turnId, spentUsd: 0.001 });
  };
}
