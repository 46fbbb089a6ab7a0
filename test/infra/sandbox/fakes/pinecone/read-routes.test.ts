import type { Index } from "@pinecone-database/pinecone";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPinecone, type OpenPinecone, RECORDS } from "./open-pinecone.ts";

let pinecone: OpenPinecone;
let index: Index;

beforeEach(async () => {
  pinecone = await openPinecone();
  index = await pinecone.createIndex("docs");
});
afterEach(async () => {
  await pinecone.fake.close();
});

test("records are fetched by id and by metadata, unknown ids are left out", async () => {
  await index.upsert({ records: RECORDS });
  const { records } = await index.fetch({ ids: ["a", "none", "c"] });
  expect(Object.keys(records)).toEqual(["a", "c"]);
  expect(records["a"]).toMatchObject(RECORDS[0] ?? {});
  const first = await index.fetchByMetadata({ filter: { kind: "faq" }, limit: 1 });
  const paginationToken = first.pagination?.next;
  const second = await index.fetchByMetadata({ filter: { kind: "faq" }, limit: 1, paginationToken });
  expect([Object.keys(first.records), Object.keys(second.records)]).toEqual([["a"], ["b"]]);
  expect(second.pagination).toBeUndefined();
});

test("ids are listed by prefix, page by page", async () => {
  await index.upsert({ records: ["d#1", "d#2", "d#3", "e#1"].map((id) => ({ id, values: [1, 1] })) });
  const first = await index.listPaginated({ prefix: "d#", limit: 2 });
  const second = await index.listPaginated({
    prefix: "d#",
    limit: 2,
    paginationToken: first.pagination?.next,
  });
  expect([first.vectors, second.vectors]).toEqual([[{ id: "d#1" }, { id: "d#2" }], [{ id: "d#3" }]]);
  expect(second.pagination).toBeUndefined();
});

test("namespaces are apart, and the statistics count each", async () => {
  await index.upsert({ records: RECORDS });
  await index.upsert({ records: [{ id: "a", values: [0, 1] }], namespace: "t2" });
  expect((await index.query({ vector: [1, 0], topK: 9, namespace: "t2" })).matches).toHaveLength(1);
  expect(await index.describeIndexStats()).toEqual({
    namespaces: { t1: { recordCount: 3 }, t2: { recordCount: 1 } },
    dimension: 2,
    indexFullness: 0,
    totalRecordCount: 4,
  });
});

test("no namespace is the default one", async () => {
  const { host } = await pinecone.client.indexes.describe("docs");
  await pinecone.client.index({ host }).upsert({ records: [{ id: "a", values: [1, 0] }] });
  expect((await index.describeIndexStats()).namespaces).toEqual({ __default__: { recordCount: 1 } });
});

test("namespaces are made, listed, described and deleted", async () => {
  await index.createNamespace({ name: "empty" });
  await index.upsert({ records: RECORDS });
  expect(await index.listNamespaces({ limit: 1 })).toMatchObject({
    namespaces: [{ name: "empty", recordCount: 0 }],
    totalCount: 2,
    pagination: { next: expect.any(String) },
  });
  expect(await index.describeNamespace("t1")).toMatchObject({ name: "t1", recordCount: 3 });
  await index.deleteNamespace("t1");
  await expect(index.describeNamespace("t1")).rejects.toMatchObject({ name: "PineconeNotFoundError" });
});
