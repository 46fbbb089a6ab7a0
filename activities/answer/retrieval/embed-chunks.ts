import { ApplicationFailure } from "@temporalio/activity";
import type { IndexVersion } from "../../../db/knowledge/index-versions.ts";
import type { Passage } from "../../../db/knowledge/documents.ts";
import { toModelFailure } from "../model/model-failure.ts";
import type { EmbeddingClient, Embeddings } from "../model/embedding-client.ts";
import { FAILURES } from "../../../workflows/failures.ts";
import { formatSearchText } from "./chunk-document.ts";

export interface EmbedChunksOptions {
  model: Pick<EmbeddingClient, "embed">;
  version: IndexVersion;
  chunks: readonly Pick<Passage, "title" | "heading" | "body">[];
  signal: AbortSignal;
}

/** One call. A batch job can wait, so every failure is retryable, except the refusal of the provider. */
export async function embedChunks({
  model,
  version,
  chunks,
  signal,
}: EmbedChunksOptions): Promise<Embeddings> {
  if (chunks.length === 0) return { vectors: [], costUsd: 0 };
  const { embeddingModel, dimensions } = version;
  const texts = chunks.map(({ title, heading, body }) =>
    formatSearchText({ title }, { heading, text: body }),
  );
  try {
    return await model.embed({ model: embeddingModel, dimensions, texts, signal });
  } catch (error) {
    const failure = toModelFailure(error);
    if (failure.type === FAILURES.modelRefused) throw failure;
    const { type, message, nextRetryDelay } = failure;
    throw ApplicationFailure.create({
      message,
      ...(type == null ? {} : { type }),
      ...(nextRetryDelay == null ? {} : { nextRetryDelay }),
    });
  }
}
