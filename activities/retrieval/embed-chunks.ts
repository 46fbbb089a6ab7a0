import { ApplicationFailure } from "@temporalio/activity";
import type { IndexVersion } from "../../db/index-versions.ts";
import type { Passage } from "../../db/knowledge.ts";
import { modelFailure } from "../model/model-failure.ts";
import type { ModelClient } from "../model/model-client.ts";
import { FAILURES } from "../../workflows/failures.ts";
import { searchText } from "./chunk-document.ts";

export interface EmbedChunks {
  model: ModelClient;
  version: IndexVersion;
  chunks: readonly Pick<Passage, "title" | "heading" | "body">[];
  signal: AbortSignal;
}

/** One call; a batch job has time, so only a provider that refuses it for good ends it. */
export async function embedChunks({ model, version, chunks, signal }: EmbedChunks): Promise<number[][]> {
  if (chunks.length === 0) return [];
  const { embeddingModel, dimensions } = version;
  const texts = chunks.map(({ title, heading, body }) => searchText({ title }, { heading, text: body }));
  try {
    return await model.embed({ model: embeddingModel, dimensions, texts, signal });
  } catch (error) {
    const failure = modelFailure(error);
    if (failure.type === FAILURES.modelRefused) throw failure;
    const { type, message, nextRetryDelay } = failure;
    throw ApplicationFailure.create({
      message,
      ...(type == null ? {} : { type }),
      ...(nextRetryDelay == null ? {} : { nextRetryDelay }),
    });
  }
}
