import { and, eq, sum } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { modelResponses } from "../schema/turns.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import type { Vault } from "../connection/vault.ts";

export interface ModelResponse {
  tier: string;
  model: string | null;
  providerRequestId: string | null;
  text: string;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  costUsd: number;
}

const label = (turnId: string, tier: string) => `response:${turnId}:${tier}`;

/** Stores a paid completion under (turn, tier). Of two attempts at the same time the first one is stored. */
export async function saveResponse(db: Queryable, vault: Vault, scope: TurnScope, response: ModelResponse) {
  const { text, ...rest } = response;
  const body = vault.seal(scope, label(scope.turnId, response.tier), text);
  await db
    .insert(modelResponses)
    .values({ turnId: scope.turnId, tenantId: scope.tenantId, body, ...rest })
    .onConflictDoNothing();
}

export async function findResponse(
  db: Queryable,
  vault: Vault,
  scope: TurnScope,
  tier: string,
): Promise<ModelResponse | null> {
  const [row] = await db
    .select()
    .from(modelResponses)
    .where(and(eq(modelResponses.turnId, scope.turnId), eq(modelResponses.tier, tier)));
  if (row === undefined) return null;
  const { body, turnId, tenantId: _tenantId, createdAt: _createdAt, ...rest } = row;
  return { ...rest, text: vault.open(scope, label(turnId, tier), body) };
}

/** The cost of all completions of a turn, including tiers that were not used. USD. */
export async function costOfTurn(db: Queryable, turnId: string): Promise<number> {
  const [row] = await db
    .select({ usd: sum(modelResponses.costUsd).mapWith(Number) })
    .from(modelResponses)
    .where(eq(modelResponses.turnId, turnId));
  return row?.usd ?? 0;
}
