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

test("an update changes values, merges metadata, and reaches many by a filter", async () => {
  await index.upsert({ records: RECORDS });
  await index.update({ id: "a", values: [0, 1], metadata: { page: 7 } });
  await index.update({ filter: { kind: "faq" }, metadata: { seen: true } });
  await index.update({ id: "none", metadata: { page: 1 } });
  const { records } = await index.fetch({ ids: ["a", "b", "none"] });
  expect(records).toEqual({
    a: { id: "a", values: [0, 1], metadata: { kind: "faq", page: 7, tags: ["x", "y"], seen: true } },
    b: { id: "b", values: [1, 1], metadata: { kind: "faq", page: 2, seen: true } },
  });
});

test("records are deleted one, many, by a filter and all at once", async () => {
  await index.upsert({ records: RECORDS });
  await index.deleteOne({ id: "a" });
  await index.deleteMany({ filter: { kind: "terms" } });
  expect((await index.listPaginated()).vectors).toEqual([{ id: "b" }]);
  await index.deleteMany({ ids: ["b", "none"] });
  await index.upsert({ records: RECORDS });
  await index.deleteAll();
  expect((await index.query({ vector: [1, 0], topK: 9 })).matches).toEqual([]);
  await expect(index.deleteAll()).rejects.toMatchObject({ name: "PineconeNotFoundError" });
});

test.each([
  ["a vector of another length", [1, 2, 3], "does not match the dimension of the index 2"],
  ["a vector of zeros", [0, 0], "at least one non-zero value"],
])("%s is a 400", async (_what, values, words) => {
  await expect(index.upsert({ records: [{ id: "a", values }] })).rejects.toMatchObject({
    name: "PineconeBadRequestError",
    message: expect.stringContaining(words),
  });
  await expect(index.query({ vector: values, topK: 1 })).rejects.toThrow(words);
});

test("metadata of 40 KB is too much, and so are 1001 records", async () => {
  const metadata = { text: "x".repeat(41_000) };
  await expect(index.upsert({ records: [{ id: "a", values: [1, 1], metadata }] })).rejects.toThrow(
    "Metadata of a",
  );
  const records = Array.from({ length: 1_001 }, (_, id) => ({ id: String(id), values: [1, 1] }));
  await expect(index.upsert({ records })).rejects.toMatchObject({ name: "PineconeBadRequestError" });
});
