import { sql } from "drizzle-orm";
import type { Queryable } from "../connection/postgres.ts";
import type { ModelResponse } from "./model-responses.ts";

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
  // A gateway without request ids: the numbers of tokens tell its completions apart.
  const call = providerRequestId ?? `${inputTokens} ${outputTokens}`;
  await db.execute(sql`
    SELECT save_unused_response(
      of_turn => ${turnId}::uuid, of_tier => ${tier}, of_call => ${call}, with_model => ${model}, request_id => ${providerRequestId},
      tokens_in => ${inputTokens}::int, tokens_cached => ${cachedTokens}::int, tokens_out => ${outputTokens}::int,
      cost => ${costUsd}::numeric)`);
}
