import { eq, sql } from "drizzle-orm";
import { keysetBefore, toMicros, type Page, toPage, type PageRequest } from "../connection/page.ts";
import { keepStatement } from "../../infra/runtime/patches/keep-statement.ts";
import type { Queryable } from "../connection/postgres.ts";
import { tenants } from "../schema/tenants.ts";

export type TenantRow = typeof tenants.$inferSelect;
export type TenantChange = Partial<
  Pick<
    TenantRow,
    | "businessName"
    | "dailyBudgetUsd"
    | "supersede"
    | "visitorBudgetShare"
    | "networkBudgetShare"
    | "budgetAlertShare"
    | "allowedLinks"
    | "phoneRegion"
  >
>;

/** Null where a tenant with this id exists. */
export async function createTenant(
  db: Queryable,
  tenant: Pick<TenantRow, "id" | "businessName" | "dailyBudgetUsd"> & TenantChange,
): Promise<TenantRow | null> {
  const [created] = await db.insert(tenants).values(tenant).onConflictDoNothing().returning();
  return created ?? null;
}

const selectTenant = keepStatement((db: Queryable) =>
  db
    .select()
    .from(tenants)
    .where(eq(tenants.id, sql.placeholder("id"))),
);

export async function findTenantRow(db: Queryable, id: string): Promise<TenantRow | null> {
  const [row] = await selectTenant(db, { id });
  return row ?? null;
}

export async function listTenants(db: Queryable, page: PageRequest): Promise<Page<TenantRow>> {
  const rows = await db
    .select({ row: tenants, id: tenants.id, at: toMicros(tenants.createdAt) })
    .from(tenants)
    .where(keysetBefore(tenants, page))
    .orderBy(sql`${tenants.createdAt} DESC`, sql`${tenants.id} DESC`)
    .limit(page.limit + 1);
  const { rows: pageRows, next } = toPage(rows, page);
  return { rows: pageRows.map(({ row }) => row), next };
}

export async function updateTenant(
  db: Queryable,
  id: string,
  change: TenantChange,
): Promise<TenantRow | null> {
  const [row] = await db
    .update(tenants)
    // An empty change would be invalid SQL.
    .set({ id, ...change })
    .where(eq(tenants.id, id))
    .returning();
  return row ?? null;
}
