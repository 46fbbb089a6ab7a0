import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

it("the engines that Parley is compared with are not installed with it", () => {
  const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
  const { dependencies } = read("package.json") as { dependencies: Record<string, string> };
  const { packages } = read("../../../../package-lock.json") as { packages: Record<string, unknown> };
  expect(Object.keys(dependencies)).toContain("bullmq");
  expect(Object.keys(packages)).toContain("node_modules/fastify");
  for (const engine of Object.keys(dependencies))
    expect(packages).not.toHaveProperty([`node_modules/${engine}`]);
});
