import { ApplicationFailure, Context } from "@temporalio/activity";
import type { AnswerCache } from "../db/turns/answer-cache.ts";
import type { ModelResponse } from "../db/turns/model-responses.ts";
import { readTurn } from "../db/turns/read-turn.ts";
import type { RememberedTurn } from "../db/turns/turn-memory.ts";
import { parseNotice } from "../db/turns/turn-origin.ts";
import { writeAfterEnd } from "../infra/runtime/step-end.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import { FAILURES } from "../workflows/failures.ts";
import type { Tier } from "../workflows/names.ts";
import type { GenerateResult, Route } from "../workflows/types.ts";
import type { TierStep } from "./contract.ts";
import { createKeepResponse } from "./answer/keep-response.ts";
import type { CallTimes } from "./answer/model/call-place.ts";
import type { Circuits } from "./answer/model/circuits.ts";
import type { LocalCalls } from "./answer/model/local-calls.ts";
import type { ConfiguredModels, ModelSize } from "./answer/model/configured-model.ts";
import type { ModelCall, ModelCompletion } from "./answer/model/model-client.ts";
import { buildAnswerPrompt, compressContext } from "./answer/prompts/answer-prompt.ts";
import { FIXED_TEXTS } from "./answer/prompts/fixed-texts.ts";
import {
  type BuildContextDependencies,
  createBuildContext,
  type TurnWithContext,
} from "./answer/retrieval/build-context.ts";
import type { TurnContext } from "./answer/retrieval/turn-context.ts";
import { TIME_LIMITS_MS } from "../workflows/time-limits.ts";
import { createDeadline, type Deadline } from "./retry/deadline.ts";
import { createHeartbeat, type Heartbeat } from "./retry/heartbeat.ts";
import type { ShowTyping } from "./answer/show-typing.ts";

export interface GenerateDependencies extends BuildContextDependencies {
  model: ConfiguredModels;
  circuits: Circuits;
  localCalls: LocalCalls;
  callTimes: CallTimes;
  cache: AnswerCache;
  showTyping: ShowTyping;
}

/** A third of the heartbeat timeout, so that one late heartbeat is no timeout. */
const HEARTBEAT_MS = 1_000;
/** With less time the model would be called and not waited for. */
const SHORTEST_CALL_MS = 1_000;

export function createGenerate(dependencies: GenerateDependencies) {
  const { db, vault, memory } = dependencies;
  const keepResponse = createKeepResponse(dependencies);
  return async function generate(step: TierStep): Promise<GenerateResult> {
    const { turnId, tier } = step;
    const heartbeat = createHeartbeat();
    const deadline = createDeadline();
    // Also where the process remembers the turn: the text of an erased contact must not reach a model, and no call is paid twice.
    const read = async () => await readTurn(db, vault, step, memory.find(turnId));
    const turn = await heartbeat.retryWhileUnavailable(read);
    if (turn.response !== null) {
      memory.remember(turn);
      return toGenerateResult(tier, turn.response);
    }
    const { answered, ...responded } = await respondAtTier(dependencies, { turn, heartbeat, deadline }, tier);
    await failpoint("after_model_response");
    const keep = async () => await keepResponse(answered, { tier, ...responded });
    const response = await writeAfterEnd(async () => await heartbeat.retryWhileUnavailable(keep));
    return toGenerateResult(tier, response);
  };
}

type TierResponse = Omit<ModelResponse, "tier">;

/** One attempt at a tier of a turn. */
interface Attempt {
  turn: RememberedTurn;
  heartbeat: Heartbeat;
  deadline: Deadline;
}

/** A response, and the turn as it was when the response was made. */
type AnsweredTurn = TierResponse & { answered: RememberedTurn };

async function respondAtTier(
  dependencies: GenerateDependencies,
  attempt: Attempt,
  tier: Tier,
): Promise<AnsweredTurn> {
  const { turn, heartbeat } = attempt;
  if (tier === "fixed_text") {
    const { notice } = turn.scope;
    const text = FIXED_TEXTS[notice === null ? "apology" : parseNotice(notice)];
    return { ...createFreeResponse(text), answered: turn };
  }
  // The context was stored without a wait for the disk. A crash of PostgreSQL may have lost it.
  const build = async () => await createBuildContext(dependencies)(turn.scope.turnId, tier);
  const answered: TurnWithContext =
    turn.context === null ? await heartbeat.retryWhileUnavailable(build) : { ...turn, context: turn.context };
  const { scope, context } = answered;
  const asked = {
    ...attempt,
    scope,
    route: context.route as Route,
    context: JSON.parse(context.context) as TurnContext,
  };
  const response =
    tier === "cached_answer"
      ? await respondFromCache(dependencies, asked)
      : await respondFromModel(dependencies, asked, tier);
  return { ...response, answered };
}

interface Turn extends Attempt {
  scope: RememberedTurn["scope"];
  route: Route;
  context: TurnContext;
}

async function respondFromModel(
  dependencies: GenerateDependencies,
  turn: Turn,
  tier: Tier,
): Promise<TierResponse> {
  const { cache, vault, showTyping } = dependencies;
  const { scope, heartbeat, context } = turn;
  requireStillNeeded(turn);
  // By the settings of this process: the names in the route may be those of a server before a change of the settings.
  const size = tier === "smaller_model" ? "smaller" : "full";
  const prompt = buildAnswerPrompt(tier === "full_context" ? context : compressContext(context));
  const timeLimitMs = requireTimeForCall(turn.deadline);
  const stopTyping = showTyping(scope);
  const call = {
    prompt,
    safetyIdentifier: vault.hash(scope.contactId).toString("hex"),
    timeLimitMs,
  };
  const completion = await heartbeat
    .beatWhile(HEARTBEAT_MS, () => complete(dependencies, { size, call }, `${scope.turnId} ${tier}`))
    .finally(stopTyping);
  const key = tier === "full_context" ? buildCacheKey(turn) : null;
  if (key !== null) await cache.save(key, completion.text);
  const { requestId: providerRequestId, without: _, ...kept } = completion;
  const embeddingUsd = tier === "full_context" ? (context.embeddingUsd ?? 0) : 0;
  return { ...kept, costUsd: kept.costUsd + embeddingUsd, providerRequestId };
}

async function complete(
  { model: client, circuits, localCalls, callTimes }: GenerateDependencies,
  { size, call }: { size: ModelSize; call: Omit<ModelCall, "signal"> },
  id: string,
): Promise<ModelCompletion> {
  const { info, cancellationSignal: cancellation } = Context.current();
  const runCall = (signal: AbortSignal) =>
    circuits.run(client.names[size], () =>
      callTimes.measure(() => client.complete(size, { ...call, signal })),
    );
  if (!info.isLocal) return await runCall(cancellation);
  return await localCalls.run({ id, attempt: info.attempt, cancellation }, runCall);
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
 * heartbeats to another worker. The same call must not be paid twice. A local activity has no heartbeats: `LocalCalls` protects it.
 */
function requireStillNeeded({ scope, heartbeat }: Turn): void {
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
