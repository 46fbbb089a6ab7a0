import { expect, test } from "vitest";
import { toSearchQuery } from "../../../../activities/answer/retrieval/search.ts";

test("a search looks for the words of a question and not for the lines in place of its files", () => {
  expect(toSearchQuery("Is this covered?\n[image]\n[document: bill.pdf]").trim()).toBe("Is this covered?");
  expect(toSearchQuery("[forwarded message: Ada]\nDo you rent bikes?")).toContain("forwarded message");
  expect(toSearchQuery("What does [image] mean in your shop?")).toContain("[image]");
  expect(toSearchQuery("[audio]").trim()).toBe("");
});
