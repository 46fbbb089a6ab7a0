import { awaitAllFreshMarks } from "../../db/delivery/await-fresh-marks.ts";
import { setTenantPaused } from "../../db/conversations/pause.ts";
import {
  createTenant as insertTenant,
  findTenantRow,
  listTenants as selectTenants,
  type TenantChange,
  type TenantRow,
  updateTenant as changeTenant,
} from "../../db/tenants/tenants.ts";
import type { Page, PageRequest } from "../../db/connection/page.ts";
import type { Using } from "./operation-context.ts";
import { OperationError, requireFound } from "./operation-error.ts";

export const DEFAULT_DAILY_BUDGET_USD = 50;

interface TenantKey {
  tenantId: string;
}

export async function getTenant({ db }: Using<"db">, { tenantId }: TenantKey): Promise<TenantRow> {
  return requireFound("tenant", await findTenantRow(db, tenantId));
}

/** Newest first. */
export async function listTenants({ db }: Using<"db">, page: PageRequest): Promise<Page<TenantRow>> {
  return await selectTenants(db, page);
}

export async function createTenant(
  { db }: Using<"db">,
  {
    tenantId: id,
    businessName,
    dailyBudgetUsd = DEFAULT_DAILY_BUDGET_USD,
    ...change
  }: TenantKey & TenantChange & { businessName: string },
): Promise<TenantRow> {
  const created = await insertTenant(db, { ...change, id, businessName, dailyBudgetUsd });
  if (created === null) throw new OperationError({ code: "already_exists", tenantId: id });
  return created;
}

export async function updateTenant(
  { db }: Using<"db">,
  { tenantId, change }: TenantKey & { change: TenantChange },
): Promise<TenantRow> {
  return requireFound("tenant", await changeTenant(db, tenantId, change));
}

/** No send of the assistant begins in the tenant's name until it is resumed. Inbound messages are stored. */
export async function pauseTenant(context: Using<"db">, key: TenantKey): Promise<TenantRow> {
  await setTenantPaused(context.db, key.tenantId, true);
  await awaitAllFreshMarks();
  return await getTenant(context, key);
}

export async function resumeTenant(context: Using<"db">, key: TenantKey): Promise<TenantRow> {
  await setTenantPaused(context.db, key.tenantId, false);
  return await getTenant(context, key);
}
