import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  measurePrecision,
  measureRecall,
  computeReciprocalRank,
  measureRetrievalQuality,
} from "../../../../activities/answer/retrieval/retrieval-quality.ts";

const ranked = ["a", "b", "c", "d"];

describe("retrieval quality", () => {
  it("precision is divided by the places, recall by the relevant ids", () => {
    const question = { ranked, relevant: new Set(["b", "d", "z"]) };
    expect(measurePrecision(question, 2)).toBe(1 / 2);
    expect(measureRecall(question, 2)).toBe(1 / 3);
    expect(measureRecall(question, 4)).toBe(2 / 3);
  });

  it("a ranking that stops early gets no better precision", () => {
    expect(measurePrecision({ ranked: ["a"], relevant: new Set(["a"]) }, 4)).toBe(1 / 4);
  });

  it("the reciprocal rank is one over the place of the first relevant id, and zero after place k", () => {
    const question = { ranked, relevant: new Set(["c", "d"]) };
    expect(computeReciprocalRank(question, 3)).toBe(1 / 3);
    expect(computeReciprocalRank(question, 2)).toBe(0);
  });

  it("a repeated id counts once", () => {
    const question = { ranked: ["a", "a", "b"], relevant: new Set(["a"]) };
    expect(measurePrecision(question, 3)).toBe(1 / 3);
    expect(measureRecall(question, 3)).toBe(1);
  });

  it("the quality is the mean over all questions", () => {
    const judged = [
      { ranked, relevant: new Set(["a"]) },
      { ranked, relevant: new Set(["b"]) },
      { ranked, relevant: new Set(["z"]) },
    ];
    expect(measureRetrievalQuality(judged, 2)).toEqual({
      questions: 3,
      precision: (1 / 2 + 1 / 2 + 0) / 3,
      recall: 2 / 3,
      mrr: (1 + 1 / 2 + 0) / 3,
    });
  });

  it("an empty question list, an empty judgement and an invalid k throw an error that names the fix", () => {
    expect(() => measureRetrievalQuality([], 3)).toThrow("is empty");
    expect(() => measureRecall({ ranked, relevant: new Set() }, 3)).toThrow("no relevant id");
    for (const k of [0, -1, 1.5, NaN]) {
      expect(() => measurePrecision({ ranked, relevant: new Set("a") }, k)).toThrow(`k is ${k}`);
    }
  });

  it("every measure is between 0 and 1, and recall never falls when k grows", () => {
    const ids = fc.constantFrom("a", "b", "c", "d", "e", "f");
    fc.assert(
      fc.property(
        fc.array(ids),
        fc.uniqueArray(ids, { minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        (list, right, k) => {
          const judged = { ranked: list, relevant: new Set(right) };
          const { precision, recall, mrr } = measureRetrievalQuality([judged], k);
          for (const value of [precision, recall, mrr]) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1);
          }
          expect(measureRecall(judged, k + 1)).toBeGreaterThanOrEqual(recall);
          expect(mrr > 0).toBe(recall > 0);
        },
      ),
    );
  });
});
