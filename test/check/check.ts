import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import pc from "picocolors";
import { writeReport } from "./report.ts";

/** The scripts of package.json that `npm run check` runs, the fast ones first. */
const CHECKS = [
  { script: "check:types", name: "types" },
  { script: "check:format", name: "format" },
  { script: "check:openapi", name: "OpenAPI document" },
  { script: "check:dead", name: "dead code" },
  { script: "check:boundaries", name: "boundaries" },
  { script: "check:lint", name: "lint" },
];

const { argv } = process;
// A reader such as head closes the pipe early.
process.stdout.on("error", () => process.exit(0));
if (argv.includes("--report")) {
  writeReport(argv.slice(2).find((argument) => !argument.startsWith("-")));
} else {
  process.exitCode = (await runChecks()) ? 0 : 1;
}

async function runChecks(): Promise<boolean> {
  const failed: string[] = [];
  for (const { script, name } of CHECKS) {
    process.stdout.write(`${name} ... `);
    const start = Date.now();
    const { isPassed, output } = await runScript(script);
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    process.stdout.write(`${isPassed ? pc.green("passed") : pc.red("failed")} in ${seconds} s\n`);
    if (isPassed) continue;
    failed.push(`npm run ${script}`);
    process.stdout.write(`${output}\n`);
  }
  process.stdout.write(failed.length === 0 ? "All checks passed.\n" : `Failed: ${failed.join(", ")}\n`);
  return failed.length === 0;
}

async function runScript(script: string): Promise<{ isPassed: boolean; output: string }> {
  const child = spawn("npm", ["run", "--silent", script], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { isPassed: code === 0, output: `${out}${err}`.trimEnd() };
}
