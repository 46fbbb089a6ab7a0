import { type Index, Pinecone, type PineconeRecord } from "@pinecone-database/pinecone";
import { createPineconeFake } from "../../../../../infra/sandbox/fakes/pinecone/pinecone-fake.ts";

export type IndexMetric = "cosine" | "dotproduct" | "euclidean";

export const RECORDS: PineconeRecord[] = [
  { id: "a", values: [1, 0], metadata: { kind: "faq", page: 1, tags: ["x", "y"] } },
  { id: "b", values: [1, 1], metadata: { kind: "faq", page: 2 } },
  { id: "c", values: [0, 2], metadata: { kind: "terms", live: true } },
];

/** A fake on a free port and the real client on it; indexes have two dimensions, the namespace is `t1`. */
export async function openPinecone(dataDir?: string) {
  const fake = createPineconeFake({ dataDir });
  const url = await fake.listen(0);
  const client = new Pinecone({ apiKey: "any", controllerHostUrl: url, maxRetries: 0 });
  const openIndex = async (name: string): Promise<Index> => {
    const { host } = await client.indexes.describe(name);
    return client.index({ host, namespace: "t1" });
  };
  return {
    fake,
    url,
    client,
    openIndex,
    async createIndex(name: string, metric: IndexMetric = "cosine"): Promise<Index> {
      await client.indexes.create({
        name,
        schema: { fields: { _values: { type: "dense_vector", dimension: 2, metric } } },
        deployment: { deploymentType: "managed", cloud: "aws", region: "us-east-1" },
        waitUntilReady: true,
      });
      return await openIndex(name);
    },
  };
}

export type OpenPinecone = Awaited<ReturnType<typeof openPinecone>>;
