import type { ParleyRedis } from "../connection/redis.ts";
import type { ReportError } from "../connection/token-buckets.ts";
import type { Vault } from "../connection/vault.ts";

/**
 * Everything that an answer depends on is part of the key, so an answer never crosses a tenant, a prompt version or an index
 * version. Only the same question finds it: a similar question may need another answer.
 */
export interface AnswerKey {
  tenantId: string;
  promptVersion: string;
  indexVersion: string | null;
  question: string;
}

const TTL_SECONDS = 24 * 3600;

/** Answers that depend on documents only. Entries may be lost at any time; an unavailable Redis is a cache miss. */
export function createAnswerCache({
  redis,
  vault,
  onError = () => undefined,
}: {
  redis: ParleyRedis | null;
  vault: Vault;
  onError?: ReportError;
}) {
  const keyOf = (key: AnswerKey) => {
    const parts = [key.promptVersion, key.indexVersion ?? "none", normalise(key.question)];
    return `answer:{${key.tenantId}}:${vault.hash(parts.join("\n")).toString("base64url")}`;
  };
  return {
    async find(key: AnswerKey): Promise<string | null> {
      try {
        const sealed = (await redis?.getBuffer(keyOf(key))) ?? null;
        return sealed === null ? null : vault.openForTenant(key.tenantId, "answer-cache", sealed);
      } catch (error) {
        onError(error, "an answer could not be read from the cache");
        return null;
      }
    },
    async save(key: AnswerKey, answer: string): Promise<void> {
      try {
        await redis?.set(
          keyOf(key),
          vault.sealForTenant(key.tenantId, "answer-cache", answer),
          "EX",
          TTL_SECONDS,
        );
      } catch (error) {
        // It costs one more model call, nothing else.
        onError(error, "an answer could not be written to the cache");
      }
    },
  };
}

export type AnswerCache = ReturnType<typeof createAnswerCache>;

/** Case, spacing and closing punctuation do not change a question. */
function normalise(question: string): string {
  return question
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/gu, " ")
    .replace(/[\s?!.]+$/u, "")
    .trim();
}
