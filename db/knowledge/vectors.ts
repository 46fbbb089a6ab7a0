import { Pinecone } from "@pinecone-database/pinecone";
import {
  createFetchWithLimit,
  MAX_SEARCH_BYTES,
  MAX_VECTORS_BYTES,
} from "../../infra/runtime/network/fetch-with-limit.ts";
import { toBatches } from "../connection/to-batches.ts";
import type { IndexVersion } from "./index-versions.ts";

export interface VectorOptions {
  apiKey: string;
  controllerHost: string | undefined;
  cloud: string;
  region: string;
  /** Called with each response, and with the kind of call: the last word of its path, without the name of an index. */
  onResponse?(call: string, status: number): void;
}

export interface VectorRecord {
  id: string;
  values: number[];
}

/** The client has no time limit, and a contact is waiting. */
const TIMEOUT_MS = 2_000;
/** Pinecone accepts at most 1000 records or 2 MB per call; 100 records of 1536 numbers stay below both. */
const UPSERT_BATCH = 100;
/** The ids are in the URL, and the response contains the vectors. */
const FETCH_BATCH = 100;
/** Pinecone's limit. */
const DELETE_BATCH = 1_000;

/** Vectors by index version and tenant: one index per version and one namespace per tenant, so a query cannot mix them. */
export function connectVectors(options: VectorOptions) {
  const client = new Pinecone({
    apiKey: options.apiKey,
    ...(options.controllerHost === undefined ? {} : { controllerHostUrl: options.controllerHost }),
    maxRetries: 0,
    fetchApi: createFetchWithDeadline(options),
  });
  const hosts = new Map<string, string>();
  const namespace = async ({ pineconeIndex }: IndexVersion, tenantId: string) => {
    const host = hosts.get(pineconeIndex) ?? (await client.indexes.describe(pineconeIndex)).host;
    hosts.set(pineconeIndex, host);
    return client.index({ host, namespace: tenantId });
  };
  return {
    /** True where the index was created now, so it is empty. */
    async ensureIndex(version: IndexVersion): Promise<boolean> {
      const { indexes = [] } = await client.indexes.list();
      if (indexes.some((index) => index.name === version.pineconeIndex)) return false;
      await client.indexes.create({
        name: version.pineconeIndex,
        // `_values` alone creates a classic vector index, which upsert and query use.
        schema: {
          fields: { _values: { type: "dense_vector", dimension: version.dimensions, metric: "cosine" } },
        },
        deployment: { deploymentType: "managed", cloud: options.cloud, region: options.region },
        waitUntilReady: true,
        suppressConflicts: true,
      });
      return true;
    },
    /** Throws where there is no such index. */
    async describeIndex({
      pineconeIndex,
    }: IndexVersion): Promise<{ dimensions: number[]; isReady: boolean }> {
      const { schema, status } = await client.indexes.describe(pineconeIndex);
      const dimensions = Object.values(schema.fields).flatMap((field) =>
        "type" in field && field.type === "dense_vector" ? [field.dimension] : [],
      );
      return { dimensions, isReady: status.ready };
    },
    async removeIndex({ pineconeIndex }: IndexVersion): Promise<void> {
      hosts.delete(pineconeIndex);
      const { indexes = [] } = await client.indexes.list();
      if (indexes.some((index) => index.name === pineconeIndex)) await client.indexes.delete(pineconeIndex);
    },
    /** Which of these ids the index contains. */
    async findExisting(version: IndexVersion, tenantId: string, ids: string[]): Promise<ReadonlySet<string>> {
      const index = await namespace(version, tenantId);
      const found = new Set<string>();
      for (const batch of toBatches(ids, FETCH_BATCH)) {
        const { records } = await index.fetch({ ids: batch });
        for (const id of Object.keys(records)) found.add(id);
      }
      return found;
    },
    async search(
      version: IndexVersion,
      { tenantId, vector, limit }: { tenantId: string; vector: number[]; limit: number },
    ): Promise<string[]> {
      const index = await namespace(version, tenantId);
      const { matches } = await index.query({ vector, topK: limit });
      return matches.map((match) => match.id);
    },
    async upsert(version: IndexVersion, tenantId: string, records: VectorRecord[]): Promise<void> {
      const index = await namespace(version, tenantId);
      for (const batch of toBatches(records, UPSERT_BATCH)) await index.upsert({ records: batch });
    },
    async remove(version: IndexVersion, tenantId: string, ids: string[]): Promise<void> {
      const index = await namespace(version, tenantId);
      for (const batch of toBatches(ids, DELETE_BATCH)) await index.deleteMany({ ids: batch });
    },
    /**
     * The ids of vectors that are not in `kept`: an interrupted run has left them. Null where the index has no more vectors than that, by
     * its own count, which may be some seconds old.
     */
    async listOrphans(
      version: IndexVersion,
      tenantId: string,
      kept: ReadonlySet<string>,
    ): Promise<string[] | null> {
      const index = await namespace(version, tenantId);
      const { namespaces } = await index.describeIndexStats();
      if ((namespaces?.[tenantId]?.recordCount ?? 0) <= kept.size) return null;
      const orphans: string[] = [];
      for (let token: string | undefined; ;) {
        const page = await index.listPaginated(token === undefined ? {} : { paginationToken: token });
        for (const { id } of page.vectors ?? []) if (id !== undefined && !kept.has(id)) orphans.push(id);
        token = page.pagination?.next;
        if (token === undefined) return orphans;
      }
    },
  };
}

export type Vectors = ReturnType<typeof connectVectors>;

/** Only `fetch` returns vectors. */
const fetchWithLimit = createFetchWithLimit((url) =>
  new URL(url).pathname.endsWith("/vectors/fetch") ? MAX_VECTORS_BYTES : MAX_SEARCH_BYTES,
);

/**
 * The client retries 5xx and hides the status in an error of its own. A plain error stops it at once and reaches the caller.
 */
const createFetchWithDeadline =
  ({ onResponse }: VectorOptions): typeof fetch =>
  async (input, init) => {
    const response = await fetchWithLimit(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    onResponse?.(nameCall(input instanceof Request ? input.url : String(input)), response.status);
    if (response.status === 429 || response.status >= 500)
      throw new Error(`Pinecone answered ${response.status}.`);
    return response;
  };

function nameCall(url: string): string {
  const { pathname } = new URL(url);
  return pathname.startsWith("/indexes/") ? "indexes" : (pathname.split("/").at(-1) ?? "");
}
