import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createConfig, lintFromString } from "@redocly/openapi-core";

const DOCUMENT = fileURLToPath(new URL("../../docs/openapi.json", import.meta.url));

/** Prints each problem that Redocly's recommended rules find in docs/openapi.json, warnings too, and fails where there is one. */
const config = await createConfig({ extends: ["recommended"] });
const problems = await lintFromString({
  source: readFileSync(DOCUMENT, "utf8"),
  absoluteRef: DOCUMENT,
  config,
});
for (const { severity, ruleId, message, location } of problems)
  process.stdout.write(`${severity} ${ruleId} ${location[0]?.pointer ?? ""}: ${message}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
