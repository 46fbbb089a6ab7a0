import { OpenAiRefused } from "./openai-error.ts";

export interface CatalogueModel {
  kind: "text" | "embedding" | "moderation";
  /** Limit of input tokens. */
  contextTokens: number;
  /** Reasoning models accept an effort, and sampling settings only with the effort "none". */
  reasons: boolean;
  /** Full length of an embedding. */
  dimensions: number;
  shutdownDate?: string;
}

const GPT_4O: CatalogueModel = {
  kind: "text",
  contextTokens: 128_000,
  reasons: false,
  dimensions: 0,
  shutdownDate: "2027-01-14",
};
const REASONING: CatalogueModel = { kind: "text", contextTokens: 922_000, reasons: true, dimensions: 0 };
const EMBEDDING: CatalogueModel = {
  kind: "embedding",
  contextTokens: 8_192,
  reasons: false,
  dimensions: 1_536,
};

/** The models of the real endpoint in November 2026 that Parley can use. */
const MODELS: Readonly<Record<string, CatalogueModel>> = Object.freeze({
  "gpt-4o": GPT_4O,
  "gpt-4o-mini": GPT_4O,
  "gpt-5.6-luna": REASONING,
  "gpt-5.6-terra": REASONING,
  "gpt-5.6-sol": REASONING,
  "gpt-6-luna": REASONING,
  "gpt-6.1-terra": REASONING,
  "gpt-6.1-sol": REASONING,
  "text-embedding-3-small": EMBEDDING,
  "text-embedding-3-large": { ...EMBEDDING, dimensions: 3_072 },
  "omni-moderation-latest": {
    kind: "moderation",
    contextTokens: 32_768,
    reasons: false,
    dimensions: 0,
  },
});

/** 2024-05-13, the release of gpt-4o. Any date would do. */
const CREATED = 1_715_558_400;

/** The model of that name and kind, or OpenAI's 404. */
export function findModel(name: string, kind: CatalogueModel["kind"]): CatalogueModel {
  const model = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined;
  if (model?.kind === kind) return model;
  throw new OpenAiRefused({
    status: 404,
    code: "model_not_found",
    message: `The model \`${name}\` does not exist or you do not have access to it.`,
  });
}

/** GET /v1/models. */
export function listModels() {
  const data = Object.entries(MODELS).map(([id, { shutdownDate }]) => {
    const listed = { id, object: "model", created: CREATED, owned_by: "fake" };
    return shutdownDate === undefined ? listed : Object.assign(listed, { shutdown_date: shutdownDate });
  });
  return { object: "list", data };
}
