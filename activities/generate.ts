import { ApplicationFailure, Context } from "@temporalio/activity";
import type { AnswerCache } from "../db/turns/answer-cache.ts";
import { findResponse, type ModelResponse, saveResponse } from "../db/turns/model-responses.ts";
import { parseNotice } from "../db/turns/turn-origin.ts";
import { type Database, withConnection } from "../db/connection/postgres.ts";
import { findTurnScope, type TurnScope } from "../db/conversations/transcript.ts";
import { findContext } from "../db/turns/turn-texts.ts";
import type { Vault } from "../db/connection/vault.ts";
import { writeAfterEnd } from "../infra/runtime/step-end.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import { FAILURES } from "../workflows/failures.ts";
import type { Tier } from "../workflows/names.ts";
import type { GenerateResult, Route } from "../workflows/types.ts";
import type { TierStep } from "./contract.ts";
import type { Circuits } from "./answer/model/circuits.ts";
import type { ModelClient } from "./answer/model/model-client.ts";
import { computeCostUsd } from "./answer/model/model-profiles.ts";
import { buildAnswerPrompt, compressContext } from "./answer/prompts/answer-prompt.ts";
import { FIXED_TEXTS } from "./answer/prompts/fixed-texts.ts";
import type { TurnContext } from "./answer/retrieval/turn-context.ts";
import { TIME_LIMITS_MS } from "../workflows/time-limits.ts";
import { createDeadline, type Deadline } from "./retry/deadline.ts";
import { createHeartbeat, type Heartbeat } from "./retry/heartbeat.ts";
import type { ShowTyping } from "./answer/show-typing.ts";

export interface GenerateDependencies {
  db: Database;
  vault: Vault;
  model: ModelClient;
  circuits: Circuits;
  cache: AnswerCache;
  showTyping: ShowTyping;
}

/** Three short sentences are about 80 tokens; the rest is room for long languages. */
const MAX_OUTPUT_TOKENS = 400;
/** A third of the heartbeat timeout, so that one late heartbeat is no timeout. */
const HEARTBEAT_MS = 1_000;
/** With less time the model would be called and not waited for. */
const SHORTEST_CALL_MS = 1_000;

export function createGenerate(dependencies: GenerateDependencies) {
  const { db, vault } = dependencies;
  return async function generate({ turnId, tier }: TierStep): Promise<GenerateResult> {
    const heartbeat = createHeartbeat();
    const deadline = createDeadline();
    const read = async () =>
      await withConnection(db, async (one) => {
        const found = await findTurnScope(one, turnId);
        return { scope: found, stored: await findResponse(one, vault, found, tier) };
      });
    const { scope, stored } = await heartbeat.retryWhileUnavailable(read);
    if (stored !== null) return toGenerateResult(tier, stored);
    const response = { tier, ...(await respondAtTier(dependencies, { scope, heartbeat, deadline }, tier)) };
    await failpoint("after_model_response");
    const save = async () => await saveResponse(db, vault, scope, response);
    await writeAfterEnd(async () => await heartbeat.retryWhileUnavailable(save));
    return toGenerateResult(tier, response);
  };
}

type TierResponse = Omit<ModelResponse, "tier">;

/** One attempt at a tier of a turn. */
interface Attempt {
  scope: TurnScope;
  heartbeat: Heartbeat;
  deadline: Deadline;
}

async function respondAtTier(
  dependencies: GenerateDependencies,
  { scope, heartbeat, deadline }: Attempt,
  tier: Tier,
): Promise<TierResponse> {
  if (tier === "fixed_text")
    return createFreeResponse(FIXED_TEXTS[scope.notice === null ? "apology" : parseNotice(scope.notice)]);
  const stored = await heartbeat.retryWhileUnavailable(() =>
    findContext(dependencies.db, dependencies.vault, scope),
  );
  if (stored === null) throw new Error(`Turn ${scope.turnId} has no context yet.`);
  const turn = {
    scope,
    heartbeat,
    deadline,
    route: stored.route as Route,
    context: JSON.parse(stored.context) as TurnContext,
  };
  if (tier === "cached_answer") return await respondFromCache(dependencies, turn);
  return await respondFromModel(dependencies, turn, tier);
}

interface Turn extends Attempt {
  route: Route;
  context: TurnContext;
}

async function respondFromModel(
  { model: client, circuits, cache, vault, showTyping }: GenerateDependencies,
  turn: Turn,
  tier: Tier,
): Promise<TierResponse> {
  const { scope, heartbeat, route, context } = turn;
  requireStillNeeded(turn);
  const model = tier === "smaller_model" ? route.models.smaller : route.models.full;
  const prompt = buildAnswerPrompt(tier === "full_context" ? context : compressContext(context));
  const timeLimitMs = requireTimeForCall(turn.deadline);
  const stopTyping = showTyping(scope);
  const call = {
    model,
    prompt,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    safetyIdentifier: vault.hash(scope.contactId).toString("hex"),
    timeLimitMs,
    signal: Context.current().cancellationSignal,
  };
  const completion = await heartbeat
    .beatWhile(HEARTBEAT_MS, () => circuits.run(model, () => client.complete(call)))
    .finally(stopTyping);
  const key = tier === "full_context" ? buildCacheKey(turn) : null;
  if (key !== null) await cache.save(key, completion.text);
  const { text, requestId, ...usage } = completion;
  return { model, text, providerRequestId: requestId, ...usage, costUsd: computeCostUsd(model, usage) };
}

/** The time for the call, ms. The completion is stored in the rest of the attempt. */
function requireTimeForCall(deadline: Deadline): number {
  const leftMs = Math.min(deadline.leftMs(), TIME_LIMITS_MS.modelCall) - TIME_LIMITS_MS.settle;
  if (leftMs < SHORTEST_CALL_MS)
    throw ApplicationFailure.retryable(
      "This attempt has no time left for a model call.",
      FAILURES.modelTimeout,
    );
  // A timer takes whole milliseconds.
  return Math.floor(leftMs);
}

/**
 * A process that was suspended may resume after another worker has made the call, because Temporal gives an attempt without
 * heartbeats to another worker. The same call must not be paid twice.
 */
function requireStillNeeded({ scope, heartbeat }: Attempt): void {
  if (scope.replyTier !== null)
    throw ApplicationFailure.nonRetryable("This turn already has a reply.", FAILURES.replyExists);
  if (heartbeat.isTimedOut()) throw new Error("This attempt began after its heartbeat timeout.");
}

async function respondFromCache({ cache }: GenerateDependencies, turn: Turn): Promise<TierResponse> {
  const key = buildCacheKey(turn);
  const text = key === null ? null : await cache.find(key);
  if (text === null)
    throw ApplicationFailure.nonRetryable("The cache has no reply to this question.", FAILURES.cacheMiss);
  return createFreeResponse(text);
}

/** Null if the answer may depend on the contact: a detail was masked, or the conversation has a history. */
function buildCacheKey({ scope, route, context }: Turn) {
  const { questions, history, placeholders } = context;
  if (history.length > 0 || Object.keys(placeholders).length > 0) return null;
  const { promptVersion, indexVersion } = route;
  return { tenantId: scope.tenantId, promptVersion, indexVersion, question: questions.join("\n") };
}

function createFreeResponse(text: string): TierResponse {
  return {
    text,
    model: null,
    providerRequestId: null,
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    costUsd: 0,
  };
}

function toGenerateResult(
  tier: Tier,
  { model, inputTokens, outputTokens, costUsd: usd }: TierResponse,
): GenerateResult {
  return { tier, model, inputTokens, outputTokens, costUsd: usd };
}
