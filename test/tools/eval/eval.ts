import { existsSync } from "node:fs";
import { Command } from "commander";
import { evalLoaders } from "./loaders/eval-loaders.ts";
import { printLoaders } from "./loaders/print-loaders.ts";

/** Exit codes: 0 all is well, 1 a grade is too low, 2 called wrongly. */
const USAGE_ERROR = 2;

interface LoadersOptions {
  visible?: string;
  json: boolean;
}

const program = new Command("eval")
  .description("Grades parts of Parley against judged data.")
  .showHelpAfterError()
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR);
  });

program
  .command("loaders [dir]")
  .description("Loads the documents of a folder and says which part of each file's visible text was kept.")
  .option("--visible <dir>", "a folder with the visible text of DIR/NAME in NAME.txt")
  .option("--json", "print one JSON object on stdout and nothing else", false)
  .addHelpText(
    "after",
    `
Without a folder it grades the shipped files whose text is easy to lose, word by word. Without visible texts a
share is the loader's own count of letters: kept ones of those that a reader of the file sees.

Examples:
  npm run eval -- loaders --json
  npm run eval -- loaders ./handbook`,
  )
  .action(async (dir: string | undefined, { visible, json }: LoadersOptions) => {
    const missing = [dir, visible].find((folder) => folder !== undefined && !existsSync(folder));
    if (missing !== undefined) {
      const error = `There is no folder ${missing}.`;
      if (json) process.stdout.write(`${JSON.stringify({ error })}\n`);
      else process.stderr.write(`${error}\n`);
      process.exitCode = USAGE_ERROR;
      return;
    }
    const report = await evalLoaders(dir, visible);
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : printLoaders(report));
    process.exitCode = report.ok ? 0 : 1;
  });

await program.parseAsync();
