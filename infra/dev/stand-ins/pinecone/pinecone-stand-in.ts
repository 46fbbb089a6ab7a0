import { join } from "node:path";
import type { FastifyReply } from "fastify";
import { createStandIn, type StandIn } from "../stand-in.ts";
import { type IndexSpec, type StoredVector, createVectorStore } from "./vector-store.ts";

type IndexParams = { Params: { index: string } };
const DEFAULT_NAMESPACE = "__default__";
const READ_UNITS = { readUnits: 1 };

interface CreateBody {
  name: string;
  schema?: { fields?: Record<string, { type: string; dimension?: number; metric?: string }> };
  deployment?: unknown;
  tags?: unknown;
}

/**
 * Pinecone's control and data plane as version 9 of its client uses them, API version 2026-07. Every index has its own path prefix
 * on the one port (`/i/{name}`), which the control plane gives out as its host.
 */
export function createPineconeStandIn({ dataDir }: { dataDir: string | null }): StandIn {
  const standIn = createStandIn();
  const { app } = standIn;
  const store = createVectorStore(dataDir === null ? null : join(dataDir, "pinecone.jsonl"));

  app.addHook("preValidation", async (request, reply) => {
    if (!request.url.startsWith("/__control") && !request.headers["api-key"]) await reply.code(401).type("text/plain").send("Invalid API Key");
  });

  const model = (index: IndexSpec, host: string | undefined) => ({
    ...{ name: index.name, host: `http://${host}/i/${index.name}`, status: { ready: true, state: "Ready" } },
    deployment: index.deployment ?? { deployment_type: "managed", cloud: "aws", region: "us-east-1" },
    ...{ schema: index.schema, deletion_protection: "disabled", tags: index.tags ?? {} },
  });
  app.get("/indexes", (request) => ({ indexes: [...store.specs.values()].map((index) => model(index, request.headers.host)) }));
  app.get<IndexParams>("/indexes/:index", async (request, reply) => {
    const index = store.specs.get(request.params.index);
    return index === undefined ? await notFound(reply, request.params.index) : model(index, request.headers.host);
  });
  app.delete<IndexParams>("/indexes/:index", async (request, reply) => {
    if (!store.specs.has(request.params.index)) return await notFound(reply, request.params.index);
    store.change({ op: "drop", index: request.params.index });
    return await reply.code(202).send();
  });
  app.post<{ Body: CreateBody }>("/indexes", async (request, reply) => {
    const { name, schema, deployment, tags } = request.body;
    if (store.specs.has(name)) return await controlError(reply, 409, `Resource ${name} already exists`);
    const field = Object.values(schema?.fields ?? {}).find(({ type }) => type === "dense_vector");
    if (field?.dimension === undefined) return await controlError(reply, 400, "schema.fields needs a dense_vector with a dimension");
    const index = { name, dimension: field.dimension, metric: field.metric ?? "cosine", schema, deployment, tags };
    store.change({ op: "create", index });
    return await reply.code(201).send(model(index, request.headers.host));
  });

  app.post<IndexParams & { Body: { vectors: StoredVector[]; namespace?: string } }>("/i/:index/vectors/upsert", async (request, reply) => {
    const spec = store.specs.get(request.params.index);
    if (spec === undefined) return await notFound(reply, request.params.index);
    const { vectors, namespace = DEFAULT_NAMESPACE } = request.body;
    const wrong = vectors.find(({ values }) => values.length !== spec.dimension);
    if (wrong !== undefined) return await wrongDimension(reply, wrong.values.length, spec.dimension);
    store.change({ op: "upsert", index: spec.name, namespace, vectors });
    return { upsertedCount: vectors.length };
  });

  app.post<IndexParams & { Body: QueryBody }>("/i/:index/query", async (request, reply) => {
    const spec = store.specs.get(request.params.index);
    if (spec === undefined) return await notFound(reply, request.params.index);
    const { namespace = DEFAULT_NAMESPACE, topK, id, filter, includeValues, includeMetadata } = request.body;
    const vector = request.body.vector ?? store.vectorsOf(spec.name, namespace).get(id ?? "")?.values ?? [];
    if (vector.length !== spec.dimension) return await wrongDimension(reply, vector.length, spec.dimension);
    const found = store.search(spec.name, namespace, { vector, topK, ...(filter === undefined ? {} : { filter }) });
    const matches = found.map(({ vector: match, score }) => ({
      ...{ id: match.id, score },
      ...(includeValues === true ? { values: match.values } : {}),
      ...(includeMetadata === true ? { metadata: match.metadata } : {}),
    }));
    return { matches, namespace, usage: READ_UNITS };
  });

  app.get<IndexParams & { Querystring: { ids: string | string[]; namespace?: string } }>("/i/:index/vectors/fetch", (request) => {
    const { ids, namespace = DEFAULT_NAMESPACE } = request.query;
    const stored = store.vectorsOf(request.params.index, namespace);
    const vectors = [ids].flat().flatMap((id) => stored.get(id) ?? []);
    return { vectors: Object.fromEntries(vectors.map((vector) => [vector.id, vector])), namespace, usage: READ_UNITS };
  });

  app.get<IndexParams & { Querystring: { prefix?: string; limit?: string; paginationToken?: string; namespace?: string } }>(
    "/i/:index/vectors/list",
    (request) => {
      const { prefix = "", limit = "100", paginationToken = "", namespace = DEFAULT_NAMESPACE } = request.query;
      const ids = [...store.vectorsOf(request.params.index, namespace).keys()].filter((id) => id.startsWith(prefix)).toSorted();
      const rest = ids.filter((id) => id > paginationToken);
      const page = rest.slice(0, Number(limit));
      const pagination = rest.length > page.length ? { pagination: { next: page.at(-1) } } : {};
      return { vectors: page.map((id) => ({ id })), ...pagination, namespace, usage: READ_UNITS };
    },
  );

  app.post<IndexParams & { Body: DeleteBody }>("/i/:index/vectors/delete", (request) => {
    const { ids, deleteAll, filter, namespace = DEFAULT_NAMESPACE } = request.body;
    const { index } = request.params;
    const all = [...store.vectorsOf(index, namespace).keys()];
    const chosen = ids ?? (deleteAll === true ? all : store.search(index, namespace, { vector: [], topK: all.length, filter: filter ?? {} }).map((match) => match.vector.id));
    store.change({ op: "delete", index, namespace, ids: chosen });
    return {};
  });

  app.post<IndexParams>("/i/:index/describe_index_stats", async (request, reply) => {
    const spec = store.specs.get(request.params.index);
    if (spec === undefined) return await notFound(reply, request.params.index);
    const counts = [...store.namespacesOf(spec.name)].map(([name, vectors]) => [name, { vectorCount: vectors.size }] as const);
    const totalVectorCount = counts.reduce((sum, [, { vectorCount }]) => sum + vectorCount, 0);
    return {
      ...{ namespaces: Object.fromEntries(counts), dimension: spec.dimension, indexFullness: 0, totalVectorCount },
      ...{ metric: spec.metric, vectorType: "dense" },
    };
  });
  return standIn;
}

interface QueryBody {
  namespace?: string;
  topK: number;
  vector?: number[];
  id?: string;
  filter?: Record<string, unknown>;
  includeValues?: boolean;
  includeMetadata?: boolean;
}

interface DeleteBody {
  ids?: string[];
  deleteAll?: boolean;
  filter?: Record<string, unknown>;
  namespace?: string;
}

async function notFound(reply: FastifyReply, name: string) {
  return await controlError(reply, 404, `Resource ${name} not found`);
}

async function controlError(reply: FastifyReply, status: number, message: string) {
  const code = { 400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 409: "ALREADY_EXISTS" }[status] ?? "UNKNOWN";
  return await reply.code(status).send({ status, error: { code, message } });
}

async function wrongDimension(reply: FastifyReply, got: number, wanted: number) {
  const message = `Vector dimension ${got} does not match the dimension of the index ${wanted}`;
  return await reply.code(400).send({ code: 3, message, details: [] });
}
