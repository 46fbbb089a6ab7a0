import type { Index } from "@pinecone-database/pinecone";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type IndexMetric, openPinecone, type OpenPinecone, RECORDS } from "./open-pinecone.ts";

let pinecone: OpenPinecone;
let index: Index;

beforeEach(async () => {
  pinecone = await openPinecone();
  index = await pinecone.createIndex("docs");
});
afterEach(async () => {
  await pinecone.fake.close();
});

const query = async (filter: object) =>
  (await index.query({ vector: [1, 0], topK: 9, filter })).matches
    .map(({ id }) => id)
    .toSorted()
    .join("");

test("a query gives the nearest first, with what was asked for", async () => {
  await index.upsert({ records: RECORDS });
  const bare = await index.query({ vector: [1, 0], topK: 2 });
  expect(bare.matches).toEqual([
    { id: "a", score: 1 },
    { id: "b", score: expect.closeTo(Math.SQRT1_2) },
  ]);
  expect(bare.usage?.readUnits).toBe(1);
  const { matches } = await index.query({ id: "c", topK: 1, includeValues: true, includeMetadata: true });
  expect(matches).toEqual([{ id: "c", score: 1, values: [0, 2], metadata: { kind: "terms", live: true } }]);
  expect((await index.query({ id: "none", topK: 1 })).matches).toEqual([]);
});

async function order(metric: IndexMetric) {
  const own = await pinecone.createIndex(metric, metric);
  const records = [
    { id: "far", values: [9, 3] },
    { id: "near", values: [1, 0.5] },
  ];
  await own.upsert({ records });
  return (await own.query({ vector: [1, 0], topK: 2 })).matches.map(({ id, score }) => [id, score]);
}

test("each metric ranks in its own way", async () => {
  expect(await order("dotproduct")).toEqual([
    ["far", 9],
    ["near", 1],
  ]);
  expect(await order("euclidean")).toEqual([
    ["near", 0.25],
    ["far", 73],
  ]);
});

test("a sparse index ranks by the words that meet", async () => {
  await pinecone.client.indexes.create({
    name: "sparse",
    schema: { fields: { _sparse_values: { type: "sparse_vector" } } },
  });
  const sparse = await pinecone.openIndex("sparse");
  const sparseValues = { indices: [3, 7], values: [0.5, 2] };
  await sparse.upsert({ records: [{ id: "s", sparseValues }] });
  const { matches } = await sparse.query({ id: "s", topK: 1 });
  expect(matches).toMatchObject([{ id: "s", score: 4.25 }]);
});

test.each([
  [{ kind: "faq" }, "ab"],
  [{ kind: { $ne: "faq" } }, "c"],
  [{ page: { $gt: 1 } }, "b"],
  [{ page: { $gte: 1, $lt: 2 } }, "a"],
  [{ page: { $lte: 2 } }, "ab"],
  [{ kind: { $in: ["terms", "other"] } }, "c"],
  [{ kind: { $nin: ["terms"] } }, "ab"],
  [{ tags: "y" }, "a"],
  [{ tags: { $in: ["z", "x"] } }, "a"],
  [{ live: { $exists: true } }, "c"],
  [{ live: { $exists: false } }, "ab"],
  [{ $or: [{ page: 2 }, { live: true }] }, "bc"],
  [{ $and: [{ kind: "faq" }, { page: { $ne: 1 } }] }, "b"],
])("the filter %j finds %s", async (filter, expected) => {
  await index.upsert({ records: RECORDS });
  expect(await query(filter)).toBe(expected);
});

test.each([
  { page: { $near: 1 } },
  { page: { $gt: "1" } },
  { kind: { $in: "faq" } },
  { $or: {} },
  { $not: [] },
])("the filter %j is refused", async (filter) => {
  await expect(query(filter)).rejects.toMatchObject({
    name: "PineconeBadRequestError",
    message: expect.stringContaining("Invalid filter"),
  });
});
