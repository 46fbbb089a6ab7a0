import OpenAI, { APIError } from "openai";
import type { Config } from "../../runtime/config/config.ts";
import { findSunset } from "./model-sunsets.ts";
import type { Finding, Check } from "./check.ts";

const SETTINGS = ["PARLEY_MODEL_FULL", "PARLEY_MODEL_SMALLER", "PARLEY_EMBEDDING_MODEL"] as const;

/** The model to use after the shutdown. For embeddings the operator has to choose. */
const SUCCESSORS = {
  PARLEY_MODEL_FULL: "gpt-6.1-terra",
  PARLEY_MODEL_SMALLER: "gpt-6-luna",
  PARLEY_EMBEDDING_MODEL: null,
} as const;

type ListedModels = ReadonlyMap<string, string | null>;

interface OpenAiDependencies {
  fetch: typeof fetch;
  /** YYYY-MM-DD. */
  today: string;
}

/** Checks that the key works, that the configured models exist, and that no shutdown of them is announced. */
export function createOpenAiCheck(config: Config, { fetch, today }: OpenAiDependencies): Check {
  return {
    name: "OpenAI",
    fix: "Check OPENAI_BASE_URL and that this machine may reach it.",
    async run(signal) {
      const client = new OpenAI({
        apiKey: config.OPENAI_API_KEY,
        baseURL: config.OPENAI_BASE_URL ?? null,
        organization: config.OPENAI_ORG_ID ?? null,
        project: config.OPENAI_PROJECT_ID ?? null,
        maxRetries: 0,
        fetch,
      });
      try {
        const { data } = await client.models.list({ signal });
        const listed = new Map(data.map((model) => [model.id, model.shutdown_date?.slice(0, 10) ?? null]));
        return assess(config, listed, today);
      } catch (error) {
        if (error instanceof APIError && error.status !== undefined)
          return describeRefusal(config, error.status, today);
        throw error;
      }
    },
  };
}

function assess(config: Config, listed: ListedModels, today: string): Finding {
  const warnings = sunsetWarnings(config, listed, today);
  const absent = SETTINGS.filter((setting) => !listed.has(config[setting]));
  if (absent.length === 0) {
    const names = [...new Set(SETTINGS.map((setting) => config[setting]))].join(", ");
    return { state: "ok", version: null, detail: `The key works; ${names} exist.`, fix: null, warnings };
  }
  const named = absent.map((setting) => `${config[setting]} (${setting})`).join(", ");
  return {
    state: "missing",
    version: null,
    detail: `The key works, but it has no access to ${named}.`,
    fix: `Set ${absent.join(", ")} to a model of this account, or give its project access.`,
    warnings,
  };
}

function describeRefusal(config: Config, status: number, today: string): Finding {
  const warnings = sunsetWarnings(config, new Map(), today);
  if (status === 401 || status === 403) {
    const fix = "Set OPENAI_API_KEY to a valid key. OPENAI_ORG_ID and OPENAI_PROJECT_ID must belong to it.";
    return { state: "missing", version: null, detail: `The key was refused (${status}).`, fix, warnings };
  }
  if (status === 404) {
    const detail = "It responds, but has no list of models (404), so the key and the models are not checked.";
    const fix = "Check that OPENAI_BASE_URL ends like https://host/v1. Some gateways have no list of models.";
    return { state: "degraded", version: null, detail, fix, warnings };
  }
  const fix = "Try again later. Until then, replies are cached answers and fixed texts.";
  return { state: "missing", version: null, detail: `It responded with ${status}.`, fix, warnings };
}

/** The date of the endpoint takes precedence over our table. */
function sunsetWarnings(config: Config, listed: ListedModels, today: string): string[] {
  return SETTINGS.flatMap((setting) => {
    const model = config[setting];
    const date = listed.get(model) ?? findSunset(model);
    if (date === null) return [];
    const successor = SUCCESSORS[setting];
    const remedy =
      successor === null
        ? `set ${setting} to another model and build its index`
        : `set ${setting} to ${successor} or another model`;
    return [`${model} ${date <= today ? "was" : "is"} shut down on ${date}: ${remedy}.`];
  });
}
