import { sql } from "drizzle-orm";
import type { Database } from "../../../../db/connection/postgres.ts";

export const SUPERSEDE = ["answer_then_continue", "regenerate"] as const;
export type Supersede = (typeof SUPERSEDE)[number];

/** Every second seed uses the other setting, so that a full run has both. */
export function supersedeOf(seed: number): Supersede {
  return seed % 2 === 1 ? "regenerate" : "answer_then_continue";
}

export async function setSupersede(db: Database, supersede: Supersede): Promise<void> {
  await db.execute(sql`UPDATE tenants SET supersede = ${supersede}`);
}
