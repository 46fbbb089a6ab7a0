import { APIError } from "openai";
import type { Effort } from "../families/model-families.ts";
import {
  type CallKind,
  findLargestLimit,
  findNextEffort,
  findNamedArguments,
  OPTIONAL_ARGUMENTS,
  type OptionalArgument,
} from "./optional-arguments.ts";
import { isContextRefusal, readRefusalTexts } from "./read-refusal.ts";

/** How the calls of one model differ from those to OpenAI, as the refusals of its server have shown. */
export interface Adaptation {
  without: ReadonlySet<OptionalArgument>;
  /** Instead of an effort that the model does not know. */
  effort: Effort | null;
  /** The largest limit of tokens that the model permits. */
  maxTokens: number;
  /** The server has no Responses API. */
  isChatOnly: boolean;
  /** The template of the model wants the roles to alternate. */
  isAlternating: boolean;
  /** The template of the model has no system role. */
  isWithoutSystem: boolean;
}

export const NO_ADAPTATION: Adaptation = {
  without: new Set(),
  effort: null,
  maxTokens: Number.POSITIVE_INFINITY,
  isChatOnly: false,
  isAlternating: false,
  isWithoutSystem: false,
};

/** A refused call: its kind, and the values of it that a refusal can change. */
export interface RefusedCall {
  kind: CallKind;
  used: Adaptation;
  effort: Effort | null;
  maxTokens: number;
}

/** The adaptation with which the call may be repeated, or null where the error does not say that another call would be accepted. */
export function adaptTo(error: unknown, call: RefusedCall): Adaptation | null {
  const { kind, used } = call;
  const texts = readRefusalTexts(error);
  if (texts === null || !(error instanceof APIError)) return null;
  if (kind === "responses" && isMissingApi(error, texts)) return { ...used, isChatOnly: true };
  if (isNotFound(error) || isContextRefusal(texts)) return null;
  if (!used.isWithoutSystem && texts.some((text) => NO_SYSTEM.test(text)))
    return { ...used, isWithoutSystem: true };
  if (!used.isAlternating && texts.some((text) => ALTERNATE.test(text)))
    return { ...used, isAlternating: true };
  return withoutNamed(texts, call);
}

function withoutNamed(texts: readonly string[], call: RefusedCall): Adaptation | null {
  const { used } = call;
  const named = findNamedArguments(texts, listSent(call));
  if (named.length === 0) return null;
  const without = new Set(used.without);
  let { effort, maxTokens } = used;
  for (const name of named) {
    // Once: the next refusal of an effort is of the argument.
    const refused = isEffort(name) && effort === null ? call.effort : null;
    const next = refused === null ? null : findNextEffort(texts, refused);
    const limit = isLimit(name) ? findLargestLimit(texts) : null;
    if (next !== null) effort = next;
    else if (limit !== null && limit < call.maxTokens) maxTokens = limit;
    else without.add(name);
  }
  return { ...used, without, effort, maxTokens };
}

/** Both are true of the endpoint: concurrent calls may have found different ones. */
export function mergeAdaptations(a: Adaptation, b: Adaptation): Adaptation {
  return {
    without: a.without.union(b.without),
    effort: b.effort ?? a.effort,
    maxTokens: Math.min(a.maxTokens, b.maxTokens),
    isChatOnly: a.isChatOnly || b.isChatOnly,
    isAlternating: a.isAlternating || b.isAlternating,
    isWithoutSystem: a.isWithoutSystem || b.isWithoutSystem,
  };
}

/** The optional arguments of a call. The older name of the limit is sent where the newer one is refused. */
function listSent({ kind, used: { without }, effort }: RefusedCall): OptionalArgument[] {
  const names: readonly OptionalArgument[] = OPTIONAL_ARGUMENTS[kind];
  return names.filter(
    (name) =>
      !without.has(name) &&
      !(isEffort(name) && effort === null) &&
      !(name === "max_tokens" && !without.has("max_completion_tokens")),
  );
}

const isEffort = (name: OptionalArgument) => name === "reasoning_effort" || name === "reasoning";
const isLimit = (name: OptionalArgument) => name.startsWith("max_");

const isNotFound = ({ status }: APIError) => status === 404 || status === 405;

/** Not found is the API, and not the model or its deployment. */
function isMissingApi(error: APIError, texts: readonly string[]): boolean {
  if (!isNotFound(error) && error.status !== 501) return false;
  return ![...texts, error.code ?? ""].some((text) => /model|deployment/i.test(text));
}

const NO_SYSTEM = /system (role|message|prompt|instruction)s? (is |are )?not (supported|allowed|enabled)/i;
const ALTERNATE = /must alternate|alternating (between )?user|consecutive (user|messages)/i;
