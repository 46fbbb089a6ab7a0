import { z } from "zod";
import { countTokens, decodeTokens } from "../../../runtime/tokens.ts";
import { hashedEmbedding } from "./hashed-embedding.ts";
import { findModel } from "./catalogue/model-catalogue.ts";
import { OpenAiRefused } from "./catalogue/openai-error.ts";

const MAX_INPUTS = 2_048;
const MAX_TOTAL_TOKENS = 300_000;

const TOKENS = z.array(z.int());

export const EMBEDDINGS_REQUEST = z.object({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()), TOKENS, z.array(TOKENS)]),
  dimensions: z.int().min(1).optional(),
  encoding_format: z.enum(["float", "base64"]).default("float"),
});

/** POST /v1/embeddings. */
export function createEmbeddings(request: z.infer<typeof EMBEDDINGS_REQUEST>) {
  const model = findModel(request.model, "embedding");
  const texts = textsOf(request.input);
  if (request.dimensions !== undefined && !model.canShorten)
    throw createRefusal("dimensions", "This model does not support specifying dimensions.");
  const dimensions = request.dimensions ?? model.dimensions;
  if (dimensions > model.dimensions)
    throw createRefusal("dimensions", `${request.model} gives at most ${model.dimensions} dimensions.`);
  const tokens = countAllTokens(texts, model.contextTokens);
  return {
    object: "list",
    model: request.model,
    data: texts.map((text, index) => ({
      object: "embedding",
      index,
      embedding: encodeVector(hashedEmbedding(text, dimensions), request.encoding_format),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function textsOf(input: z.infer<typeof EMBEDDINGS_REQUEST>["input"]): string[] {
  const items = typeof input === "string" || typeof input[0] === "number" ? [input] : input;
  const texts = items.map((item) => (typeof item === "string" ? item : decodeTokens(TOKENS.parse(item))));
  if (texts.length === 0 || texts.length > MAX_INPUTS)
    throw createRefusal("input", `'input' must hold 1 to ${MAX_INPUTS} texts, not ${texts.length}.`);
  if (texts.includes("")) throw createRefusal("input", "'input' cannot be an empty string.");
  return texts;
}

function countAllTokens(texts: string[], maxEach: number): number {
  const counts = texts.map(countTokens);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (Math.max(...counts) > maxEach)
    throw createRefusal("input", `This model's maximum context length is ${maxEach} tokens.`);
  if (total > MAX_TOTAL_TOKENS)
    throw createRefusal("input", `Requested ${total} tokens, max ${MAX_TOTAL_TOKENS} tokens per request.`);
  return total;
}

function encodeVector(vector: Float32Array, format: "float" | "base64"): number[] | string {
  if (format === "float") return Array.from(vector);
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}

function createRefusal(param: string, message: string): OpenAiRefused {
  return new OpenAiRefused({ status: 400, param, message });
}
