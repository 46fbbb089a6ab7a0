import type OpenAI from "openai";
import { MAX_VECTORS_BYTES } from "../../../infra/runtime/network/fetch-with-limit.ts";
import { type Adaptation, adaptTo, mergeAdaptations, NO_ADAPTATION } from "./endpoint/adaptation.ts";
import { openServer } from "./endpoint/open-server.ts";
import { findEmbeddingPrice } from "./families/find-family.ts";
import { UNKNOWN_EMBEDDING_PRICE } from "./families/model-families.ts";
import type { ServerOptions } from "./model-endpoint.ts";
import { createNoCompletion, createSettingsFailure } from "./model-failure.ts";

export interface EmbeddingServer extends ServerOptions {
  /** USD per million tokens. Null: the list price of the model. */
  price: number | null;
}

export interface EmbedCall {
  model: string;
  dimensions: number;
  texts: string[];
  signal: AbortSignal;
}

export interface Embeddings {
  /** In the order of the texts. */
  vectors: number[][];
  costUsd: number;
}

/** For a server that counts no tokens. */
const CHARACTERS_PER_TOKEN = 3;
const MAX_REFUSALS = 4;

/** The vectors of one server. */
export function createEmbeddingClient(server: EmbeddingServer) {
  const openai = openServer(server, MAX_VECTORS_BYTES);
  const adaptations = new Map<string, Adaptation>();

  /**
   * A refused argument is left out: a model with one length of vectors often refuses `dimensions`. It is left out of later calls too where the
   * vectors are right without it. A refusal may only repeat a text that has the same word.
   */
  async function embedAdapted(
    call: EmbedCall,
  ): Promise<{ vectors: number[][]; usage: LooseEmbeddings["usage"] }> {
    let used = adaptations.get(call.model) ?? NO_ADAPTATION;
    for (let refusals = 0; ; refusals++) {
      try {
        const { data, usage } = await post(openai, call, used);
        const vectors = readVectors(data, call);
        adaptations.set(call.model, mergeAdaptations(adaptations.get(call.model) ?? used, used));
        return { vectors, usage };
      } catch (error) {
        const next = adaptTo(error, { kind: "embeddings", used, effort: null, maxTokens: 0 });
        if (next === null || refusals >= MAX_REFUSALS) throw error;
        used = next;
      }
    }
  }

  return {
    async embed(call: EmbedCall): Promise<Embeddings> {
      const { vectors, usage } = await embedAdapted(call);
      const characters = call.texts.reduce((sum, text) => sum + text.length, 0);
      const counted = usage?.total_tokens ?? usage?.prompt_tokens;
      const tokens = typeof counted === "number" && counted > 0 ? counted : characters / CHARACTERS_PER_TOKEN;
      const price = server.price ?? findEmbeddingPrice(call.model) ?? UNKNOWN_EMBEDDING_PRICE;
      return { vectors, costUsd: (tokens * price) / 1_000_000 };
    },
  };
}

export type EmbeddingClient = ReturnType<typeof createEmbeddingClient>;

/** Fields of servers that only imitate OpenAI's API: each may be missing. */
interface LooseEmbeddings {
  data?: { index?: number; embedding?: number[] | string }[];
  usage?: { prompt_tokens?: unknown; total_tokens?: unknown } | null;
}

/** Not by the client's own method: it always sends a format, and some servers refuse every one. */
async function post(
  openai: OpenAI,
  { model, dimensions, texts, signal }: EmbedCall,
  { without }: Adaptation,
): Promise<LooseEmbeddings> {
  const body = {
    model,
    input: texts,
    ...(without.has("dimensions") ? {} : { dimensions }),
    // A quarter of the bytes of numbers in decimal digits.
    ...(without.has("encoding_format") ? {} : { encoding_format: "base64" }),
  };
  return await openai.post("/embeddings", { body, signal });
}

function readVectors(data: LooseEmbeddings["data"], { model, dimensions, texts }: EmbedCall): number[][] {
  if (!Array.isArray(data) || data.length !== texts.length)
    throw createNoCompletion("The body holds no vector for each text.");
  const vectors = data
    .map(({ index, embedding }, position) => ({ index: index ?? position, vector: decode(embedding) }))
    .toSorted((a, b) => a.index - b.index)
    .map(({ vector }) => vector);
  const other = vectors.find(({ length }) => length !== dimensions);
  if (other !== undefined)
    throw createSettingsFailure(
      `Vectors of ${model} have ${other.length} numbers, and PARLEY_EMBEDDING_DIMENSIONS asks for ${dimensions}. Set it to ${other.length} and build the index again.`,
    );
  return vectors;
}

/** Little-endian floats of 32 bits, or numbers where the server has ignored the format. */
function decode(embedding: number[] | string | undefined): number[] {
  if (typeof embedding !== "string") return embedding ?? [];
  const bytes = Buffer.from(embedding, "base64");
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readFloatLE(i * 4));
}
