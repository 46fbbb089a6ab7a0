import type { Planted } from "./planted.ts";
import { refuseModel, refusePinecone, withLocalVendor } from "./planted-vendors.ts";

/** Wrong configurations of the model and the vectors. */
export const MODELS_PLANTED: readonly Planted[] = [
  {
    name: "a refused key of OpenAI, while the list of models works",
    plant: async (parley) => await refuseModel(parley, { status: 401, code: "invalid_api_key" }),
    check: "OpenAI",
    code: "model.key_refused",
    fix: "OPENAI_API_KEY",
  },
  {
    name: "a key of OpenAI without the right to completions",
    plant: async (parley) => await refuseModel(parley, { status: 403, code: "insufficient_permissions" }),
    check: "OpenAI",
    code: "model.permission_missing",
    fix: "OPENAI_API_KEY",
  },
  {
    name: "a typing error in the model",
    plant: () => ({ PARLEY_MODEL_FULL: "gpt-4oo" }),
    check: "OpenAI",
    code: "model.not_found",
    fix: "PARLEY_MODEL_FULL",
  },
  {
    name: "a server that refuses the calls of Parley",
    plant: async (parley) => await refuseModel(parley, { status: 400, code: "model_not_supported" }),
    check: "OpenAI",
    code: "model.call_refused",
    fix: "another model",
  },
  {
    name: "a used-up quota",
    plant: async (parley) => await refuseModel(parley, { status: 429, code: "insufficient_quota" }),
    check: "OpenAI",
    code: "model.quota_used_up",
    fix: "OPENAI_API_KEY",
  },
  {
    name: "a base URL of OpenAI without /v1",
    plant: async (parley) =>
      await withLocalVendor(parley, "OPENAI_BASE_URL", () => ({
        status: 404,
        body: { detail: "Not Found" },
      })),
    check: "OpenAI",
    code: "model.not_found",
    fix: "OPENAI_BASE_URL",
  },
  {
    name: "a length of vectors that no index has",
    plant: () => ({ PARLEY_EMBEDDING_DIMENSIONS: "4096" }),
    check: "OpenAI",
    code: "model.argument_refused",
    fix: "PARLEY_EMBEDDING_DIMENSIONS",
  },
  {
    name: "a refused key of Pinecone",
    plant: (parley) => refusePinecone(parley, "*", 401),
    check: "Pinecone",
    code: "pinecone.key_refused",
    fix: "PINECONE_API_KEY",
  },
  {
    name: "a key of Pinecone that may only read",
    plant: (parley) => refusePinecone(parley, "/vectors/upsert", 403),
    check: "Pinecone",
    code: "pinecone.permission_missing",
    fix: "PINECONE_API_KEY",
  },
];
