import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Index } from "@pinecone-database/pinecone";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPinecone, type OpenPinecone, RECORDS } from "./open-pinecone.ts";

let folder: string;
let pinecone: OpenPinecone;
let index: Index;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pinecone-"));
  pinecone = await openPinecone(folder);
  index = await pinecone.createIndex("docs");
});
afterEach(async () => {
  await pinecone.fake.close();
  rmSync(folder, { recursive: true });
});

test("an index is made, described, listed, tagged, protected and deleted", async () => {
  const made = await pinecone.client.indexes.describe("docs");
  expect(made).toMatchObject({
    name: "docs",
    host: `${pinecone.url}/_index/docs`,
    status: { ready: true, state: "Ready" },
    deployment: { deploymentType: "managed", cloud: "aws", region: "us-east-1" },
    schema: { fields: { _values: { type: "dense_vector", dimension: 2, metric: "cosine" } } },
    deletionProtection: "disabled",
  });
  await pinecone.client.indexes.configure("docs", { tags: { a: "1" }, deletionProtection: "enabled" });
  await expect(pinecone.client.indexes.delete("docs")).rejects.toThrow("Deletion protection is enabled");
  const { indexes = [] } = await pinecone.client.indexes.list();
  expect(indexes).toMatchObject([{ name: "docs", tags: { a: "1" } }]);
  await pinecone.client.indexes.configure("docs", { deletionProtection: "disabled" });
  await pinecone.client.indexes.delete("docs");
  await expect(pinecone.client.indexes.describe("docs")).rejects.toMatchObject({
    name: "PineconeNotFoundError",
  });
  await expect(index.query({ vector: [1, 0], topK: 1 })).rejects.toMatchObject({
    name: "PineconeNotFoundError",
  });
});

test("the older way of making an index comes to the same", async () => {
  const spec = { serverless: { cloud: "aws", region: "us-east-1" } } as const;
  await pinecone.client.createIndex({ name: "old", dimension: 3, metric: "dotproduct", spec });
  expect(await pinecone.client.describeIndex("old")).toMatchObject({
    schema: { fields: { _values: { dimension: 3, metric: "dotproduct" } } },
  });
});

test("a name that is taken is a 409, a bad name and a documents index are refused", async () => {
  await expect(pinecone.createIndex("docs")).rejects.toMatchObject({ name: "PineconeConflictError" });
  await expect(pinecone.createIndex("Docs!")).rejects.toThrow("lower-case letters");
  const schema = { fields: { embedding: { type: "dense_vector", dimension: 2, metric: "cosine" } } } as const;
  await expect(pinecone.client.indexes.create({ name: "x", schema })).rejects.toThrow("_values");
});

test("an index is found by its name", async () => {
  await pinecone.client.index({ name: "docs", namespace: "t1" }).upsert({ records: RECORDS });
  expect((await index.query({ vector: [1, 0], topK: 1 })).matches).toMatchObject([{ id: "a" }]);
});

test("a request without a key gets a 401 in plain text", async () => {
  const response = await fetch(`${pinecone.url}/indexes`);
  expect([response.status, response.headers.get("content-type")]).toEqual([401, "text/plain; charset=utf-8"]);
});

async function post(path: string, body: object): Promise<unknown> {
  const headers = { "api-key": "any", "content-type": "application/json" };
  return await (
    await fetch(pinecone.url + path, { method: "POST", headers, body: JSON.stringify(body) })
  ).json();
}

test("the vector routes and the control plane have each their own shape of error", async () => {
  expect(await post("/_index/docs/query", { vector: [1], topK: 1 })).toEqual({
    code: 3,
    details: [],
    message: expect.stringContaining("dimension 1"),
  });
  expect(await post("/indexes", { name: "docs" })).toMatchObject({
    status: 400,
    error: { code: "INVALID_ARGUMENT" },
  });
});

test("faults see the path as the index's own host does", async () => {
  pinecone.fake.faults.replace([{ match: { path: "/query" }, times: 1, fault: { status: 429 } }]);
  await expect(index.query({ vector: [1, 0], topK: 1 })).rejects.toMatchObject({
    name: "PineconeUnmappedHttpError",
  });
  expect((await index.query({ vector: [1, 0], topK: 1 })).matches).toEqual([]);
  expect(pinecone.fake.log.entries().at(-1)).toMatchObject({ path: "/query", host: "docs" });
});

test("everything outlives a restart on another port", async () => {
  await index.upsert({ records: RECORDS });
  await index.update({ id: "a", metadata: { page: 7 } });
  await index.deleteOne({ id: "b" });
  await pinecone.client.indexes.configure("docs", { tags: { seen: "yes" } });
  await index.upsert({ records: [{ id: "z", values: [0.1, 0.2] }], namespace: "t2" });
  const before = await index.fetch({ ids: ["a", "b", "c"] });
  expect(Object.keys(before.records)).toEqual(["a", "c"]);
  for (let restart = 0; restart < 2; restart += 1) {
    await pinecone.fake.close();
    pinecone = await openPinecone(folder);
  }
  index = await pinecone.openIndex("docs");
  expect((await index.fetch({ ids: ["a", "b", "c"] })).records).toEqual(before.records);
  const [value] = (await index.fetch({ ids: ["z"], namespace: "t2" })).records["z"]?.values ?? [];
  expect(value).toBe(Math.fround(0.1));
});
