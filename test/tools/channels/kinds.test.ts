import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { listKinds } from "./kinds/list-kinds.ts";
import { kindsMarkdown } from "./kinds/print-kinds.ts";

test("docs/inbound-kinds.md shows the kinds of every channel as they are", () => {
  const page = readFileSync(new URL("../../../docs/inbound-kinds.md", import.meta.url), "utf8");
  expect(page).toContain(kindsMarkdown(listKinds()).trimEnd());
});
