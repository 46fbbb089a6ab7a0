import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { consoleProgress } from "../../infra/sandbox/progress.ts";
import { buildWorkflowBundle } from "../../infra/runtime/temporal/workflow-bundle.ts";
import packageJson from "../../package.json" with { type: "json" };
import { readRecordings, writeRecording } from "./history-file.ts";
import { missingShapes } from "./needed-shapes.ts";
import { printReplay } from "./print-replay.ts";
import { replayHistories } from "./replay-histories.ts";

/** Exit codes: 0 success, 1 failure, 2 wrong arguments. */
const USAGE_ERROR = 2;
const WORKFLOWS = fileURLToPath(new URL("../../workflows/index.ts", import.meta.url));
const JSON_OPTION = ["--json", "print one JSON object on stdout and nothing else", false] as const;

const program = new Command("replay")
  .description(
    "Replays recorded histories with the current workflow code. Code that behaves differently must not be deployed over open runs.",
  )
  .showHelpAfterError()
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR);
  });

program
  .command("check", { isDefault: true })
  .description(
    "Replays the histories of this version and of all older versions. Needs no server and takes seconds.",
  )
  .option(...JSON_OPTION)
  .action(async ({ json }: { json: boolean }) => {
    const report = await replayHistories(await buildWorkflowBundle(WORKFLOWS), readRecordings());
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : printReplay(report));
    process.exitCode = report.ok ? 0 : 1;
  });

program
  .command("record")
  .description(
    "Runs every scenario on its own servers and replaces the recorded histories of this version. Takes about five minutes.",
  )
  .option("--seed <number>", "seed of all random choices", wholeNumber, 1)
  .option(...JSON_OPTION)
  .action(async ({ seed, json }: { seed: number; json: boolean }) => {
    const { record } = await import("./record/record.ts");
    const histories = await record({ seed, progress: consoleProgress() });
    const missing = missingShapes(histories);
    const { path, bytes } = writeRecording({ version: packageJson.version, histories });
    const shapes = new Set(histories.flatMap((history) => history.shapes)).size;
    const report = { ok: missing.length === 0, seed, histories: histories.length, shapes, bytes, missing };
    const lines = [
      `${histories.length} histories of ${shapes} shapes, ${bytes} bytes: ${path}`,
      ...missing.map((shape) => `  missing: ${shape}. Record again; the machine was perhaps too busy.`),
    ];
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${lines.join("\n")}\n`);
    process.exitCode = report.ok ? 0 : 1;
  });

await program.parseAsync();
// The runtime of the SDK would keep the process running.
process.exit(process.exitCode);

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
