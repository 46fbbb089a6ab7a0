#!/usr/bin/env node
// The installed command. It starts the project's own Node 24, which runs TypeScript without a build, and passes its signals on.
import { existsSync } from "node:fs";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const bundled = here("../../node_modules/.bin/node");
const node = existsSync(bundled) ? bundled : process.execPath;
const child = spawn(node, [here("./parley.ts"), ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  // A shell sees which signal has ended the program.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
