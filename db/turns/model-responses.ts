import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import { modelResponses, turns } from "../schema/turns.ts";
import type { TurnScope } from "../conversations/transcript.ts";
import type { KeyOwner, Vault } from "../connection/vault.ts";

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

/**
 * Stores a paid completion under (turn, tier), if the turn is open and has this version and no completion of the tier. False where it is not
 * stored. So a completion is never stored without the context that it answers. The turn is locked: its end settles the cost of all completions,
 * so none may be stored between that sum and the end.
 */
export async function saveResponse(
  db: Queryable,
  vault: Vault,
  { scope, version }: { scope: TurnScope; version: number },
  response: ModelResponse,
): Promise<boolean> {
  const { turnId, tenantId } = scope;
  const { tier, model, providerRequestId, inputTokens, cachedTokens, outputTokens, costUsd } = response;
  const body = vault.seal(scope, label(turnId, tier), response.text);
  const { rowCount } = await db.execute(sql`
    INSERT INTO ${modelResponses} (turn_id, tier, tenant_id, model, provider_request_id, body, input_tokens, cached_tokens, output_tokens, cost_usd)
    SELECT t.id, ${tier}, ${tenantId}, ${model}, ${providerRequestId}, ${body}::bytea, ${inputTokens}::int, ${cachedTokens}::int,
      ${outputTokens}::int, ${costUsd}::numeric
    FROM ${turns} AS t WHERE t.id = ${turnId} AND t.version = ${version} AND t.state = 'open' FOR SHARE
    ON CONFLICT DO NOTHING`);
  return rowCount === 1;
}

/**
 * Stores a completion that its turn does not use, for its cost and without its text: another attempt was first, or the turn has ended or lost
 * what the completion answers. The end of the turn settles it with the others. Where the turn was settled before, this adds it to the cost
 * of the turn and to the budget. A second call changes nothing, and so does a call for the completion that the turn has.
 */
export async function saveUnusedResponse(
  db: Queryable,
  { turnId }: { turnId: string },
  response: Omit<ModelResponse, "text">,
): Promise<void> {
  const { tier, model, providerRequestId, inputTokens, cachedTokens, outputTokens, costUsd } = response;
  // Of a gateway without request ids, the numbers of tokens identify a completion.
  const call = providerRequestId ?? `${inputTokens} ${outputTokens}`;
  await db.execute(sql`
    SELECT save_unused_response(
      of_turn => ${turnId}::uuid, of_tier => ${tier}, of_call => ${call}, with_model => ${model}, request_id => ${providerRequestId},
      tokens_in => ${inputTokens}::int, tokens_cached => ${cachedTokens}::int, tokens_out => ${outputTokens}::int,
      cost => ${costUsd}::numeric)`);
}

/** Opens a completion as it is stored. */
export function openResponse(
  vault: Vault,
  owner: KeyOwner,
  row: typeof modelResponses.$inferSelect,
): ModelResponse {
  const { body, turnId, tenantId: _tenantId, unusedCall: _unusedCall, createdAt: _createdAt, ...rest } = row;
  return { ...rest, text: vault.open(owner, label(turnId, rest.tier), body) };
}

/** `cost_of_turn` of the migrations: the cost of all completions of a turn, including tiers that were not used. USD. */
export function selectCostOfTurn(turnId: string): SQL {
  return sql`cost_of_turn(${turnId}::uuid)`;
}
