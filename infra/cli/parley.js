#!/usr/bin/env node
// The installed command. It starts the project's own Node 24, which runs TypeScript without a build.
import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const bundled = here("../../node_modules/.bin/node");
const node = existsSync(bundled) ? bundled : process.execPath;
const { status } = spawnSync(node, [here("./parley.ts"), ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(status ?? 1);
