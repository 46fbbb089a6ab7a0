import { OpenAiRefused } from "./openai-error.ts";

/** From the least. */
export const FAKE_EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type FakeEffort = (typeof FAKE_EFFORTS)[number];

export interface CatalogueModel {
  kind: "text" | "embedding" | "moderation";
  /** Limit of input tokens. */
  contextTokens: number;
  /** Limit of output tokens, with those of reasoning. */
  outputTokens: number;
  /** Efforts that a reasoning model accepts. It accepts sampling settings only with the effort "none". */
  efforts: readonly FakeEffort[];
  /** Full length of an embedding. */
  dimensions: number;
  /** The model accepts a shorter length. */
  canShorten: boolean;
  shutdownDate?: string;
}

const TEXT = { kind: "text", dimensions: 0, canShorten: false } as const;
const GPT_4O: CatalogueModel = {
  ...TEXT,
  contextTokens: 128_000,
  outputTokens: 16_384,
  efforts: [],
  shutdownDate: "2027-01-14",
};
const REASONING: CatalogueModel = {
  ...TEXT,
  contextTokens: 922_000,
  outputTokens: 128_000,
  efforts: ["none", "low", "medium", "high", "xhigh", "max"],
};
const ALWAYS_REASONING: CatalogueModel = {
  ...REASONING,
  efforts: ["minimal", "low", "medium", "high"],
  shutdownDate: "2026-12-11",
};
const EMBEDDING: CatalogueModel = {
  kind: "embedding",
  contextTokens: 8_192,
  outputTokens: 0,
  efforts: [],
  dimensions: 1_536,
  canShorten: true,
};

/** The models of the real endpoint in November 2026 that Parley can use. */
const MODELS: Readonly<Record<string, CatalogueModel>> = Object.freeze({
  "gpt-4o": GPT_4O,
  "gpt-4o-mini": GPT_4O,
  "gpt-5": ALWAYS_REASONING,
  "gpt-5-mini": ALWAYS_REASONING,
  o3: { ...ALWAYS_REASONING, efforts: ["low", "medium", "high"] },
  "gpt-5.6-luna": REASONING,
  "gpt-5.6-terra": REASONING,
  "gpt-5.6-sol": REASONING,
  "gpt-6-luna": REASONING,
  "gpt-6.1-terra": REASONING,
  "gpt-6.1-sol": REASONING,
  "text-embedding-3-small": EMBEDDING,
  "text-embedding-3-large": { ...EMBEDDING, dimensions: 3_072 },
  "text-embedding-ada-002": { ...EMBEDDING, canShorten: false },
  "omni-moderation-latest": { ...EMBEDDING, kind: "moderation", contextTokens: 32_768, dimensions: 0 },
});

/** 2024-05-13, the release of gpt-4o. Any date would do. */
const CREATED = 1_715_558_400;
/** A snapshot of a model has its date after the name. */
const DATE = /-\d{4}-\d{2}-\d{2}$/;

/** The model of that name and kind, or OpenAI's 404. */
export function findModel(name: string, kind: CatalogueModel["kind"]): CatalogueModel {
  const undated = name.replace(DATE, "");
  const model = Object.hasOwn(MODELS, undated) ? MODELS[undated] : undefined;
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
