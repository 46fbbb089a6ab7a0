import { expect, it } from "vitest";
import { hasParts } from "./has-parts.ts";

const growth = { parts: ["turns", "rows"] };
const ingress = { parts: ["calm"] };

it("--only accepts existing parts, and refuses a selection with which a benchmark would measure nothing", () => {
  expect(hasParts([growth], new Set(["rows"]))).toBe(true);
  expect(hasParts([growth, {}], new Set(["rows"]))).toBe(true);
  expect(hasParts([growth], new Set(["row"]))).toBe(false);
  expect(hasParts([growth], new Set(["rows", "typo"]))).toBe(false);
  expect(hasParts([growth, ingress], new Set(["rows"]))).toBe(false);
  expect(hasParts([{}], new Set(["rows"]))).toBe(false);
});
