import { ApplicationFailure, Context } from "@temporalio/activity";
import type { AnswerCache } from "../db/answer-cache.ts";
import { findResponse, type ModelResponse, saveResponse } from "../db/model-responses.ts";
import type { Database } from "../db/postgres.ts";
import { findTurnScope, type TurnScope } from "../db/transcript.ts";
import { findContext } from "../db/turn-texts.ts";
import type { Vault } from "../db/vault.ts";
import { failpoint } from "../infra/runtime/failpoint.ts";
import { FAILURES } from "../workflows/failures.ts";
import type { Rung } from "../workflows/names.ts";
import type { Generated, Route } from "../workflows/types.ts";
import type { RungStep } from "./contract.ts";
import type { Circuits } from "./model/circuits.ts";
import type { ModelClient } from "./model/model-client.ts";
import { costUsd } from "./model/profiles.ts";
import { answerPrompt, compressedContext } from "./prompts/answer-prompt.ts";
import { CANNED_TEXTS, type CannedText } from "./prompts/canned-texts.ts";
import type { TurnContext } from "./retrieval/turn-context.ts";
import { createPulse, type Pulse } from "./pulse.ts";
import type { ShowTyping } from "./show-typing.ts";

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
/** Half of the shortest limit on a rung, so that a dead worker is noticed within the heartbeat timeout and not later. */
const HEARTBEAT_MS = 1_000;

export function createGenerate(dependencies: GenerateDependencies) {
  const { db, vault } = dependencies;
  return async function generate({ turnId, rung }: RungStep): Promise<Generated> {
    const pulse = createPulse();
    const scope = await pulse.patiently(() => findTurnScope(db, turnId));
    const stored = await pulse.patiently(() => findResponse(db, vault, scope, rung));
    if (stored !== null) return summary(rung, stored);
    const response = { rung, ...(await respond(dependencies, { scope, pulse }, rung)) };
    await failpoint("K10");
    await pulse.patiently(() => saveResponse(db, vault, scope, response));
    return summary(rung, response);
  };
}

type Response = Omit<ModelResponse, "rung">;

/** A turn, and the attempt that has taken it up. */
interface Attempt {
  scope: TurnScope;
  pulse: Pulse;
}

async function respond(
  dependencies: GenerateDependencies,
  { scope, pulse }: Attempt,
  rung: Rung,
): Promise<Response> {
  if (rung === "canned_text") return free(CANNED_TEXTS[(scope.planDetail ?? "apology") as CannedText]);
  const stored = await pulse.patiently(() => findContext(dependencies.db, dependencies.vault, scope));
  if (stored === null) throw new Error(`Turn ${scope.turnId} has no context yet.`);
  const turn = {
    scope,
    pulse,
    route: stored.route as Route,
    context: JSON.parse(stored.context) as TurnContext,
  };
  if (rung === "cached_answer") return await fromCache(dependencies, turn);
  return await fromModel(dependencies, turn, rung);
}

interface Turn extends Attempt {
  route: Route;
  context: TurnContext;
}

async function fromModel(
  { model: client, circuits, cache, vault, showTyping }: GenerateDependencies,
  turn: Turn,
  rung: Rung,
): Promise<Response> {
  const { scope, pulse, route, context } = turn;
  requireWanted(turn);
  const model = rung === "smaller_model" ? route.models.smaller : route.models.full;
  const prompt = answerPrompt(rung === "full_context" ? context : compressedContext(context));
  const stopTyping = showTyping(scope);
  const answer = await withHeartbeat(pulse, (signal) =>
    circuits.run(model, () =>
      client.complete({
        model,
        prompt,
        maxOutputTokens: MAX_OUTPUT_TOKENS,
        safetyIdentifier: vault.hash(scope.contactId).toString("hex"),
        signal,
      }),
    ),
  ).finally(stopTyping);
  const key = rung === "full_context" ? cacheKey(turn) : null;
  if (key !== null) await cache.save(key, answer.text);
  const { text, requestId, ...usage } = answer;
  return { model, text, providerRequestId: requestId, ...usage, costUsd: costUsd(model, usage) };
}

/**
 * A process that was stopped in between wakes up to a call that somebody else has made: Temporal gives an attempt that is silent for
 * longer than its heartbeat to the next worker. Nothing may be paid twice.
 */
function requireWanted({ scope, pulse }: Attempt): void {
  if (scope.repliedBy !== null)
    throw ApplicationFailure.nonRetryable("A reply of this turn stands already.", FAILURES.replyStands);
  if (pulse.isGivenUp()) throw new Error("This attempt took so long to begin that it has been given up.");
}

async function fromCache({ cache }: GenerateDependencies, turn: Turn): Promise<Response> {
  const key = cacheKey(turn);
  const text = key === null ? null : await cache.find(key);
  if (text === null)
    throw ApplicationFailure.nonRetryable("No stored answer fits this question.", FAILURES.cacheMiss);
  return free(text);
}

/** Null where the answer may depend on the person: something was masked, or something was said before. */
function cacheKey({ scope, route, context }: Turn) {
  const { questions, history, placeholders } = context;
  if (history.length > 0 || Object.keys(placeholders).length > 0) return null;
  const { promptVersion, indexVersion } = route;
  return { tenantId: scope.tenantId, promptVersion, indexVersion, question: questions.join("\n") };
}

function free(text: string): Response {
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

function summary(rung: Rung, { model, inputTokens, outputTokens, costUsd: usd }: Response): Generated {
  return { rung, model, inputTokens, outputTokens, costUsd: usd };
}

/** Tells Temporal that the call is alive, and ends it where the workflow no longer wants it. */
async function withHeartbeat<T>(pulse: Pulse, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const beat = setInterval(pulse.beat, HEARTBEAT_MS);
  try {
    return await call(Context.current().cancellationSignal);
  } finally {
    clearInterval(beat);
  }
}
