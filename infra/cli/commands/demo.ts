import { type Command, InvalidArgumentError } from "commander";
import { printError } from "../run-command.ts";

/** `npm run demo`. */
export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .description(
      "Starts everything on this machine, sends messages as vendors do, checks every answer, stays up until Ctrl-C.",
    )
    .option("--once", "end after the check; exit code 0 if every message got exactly one reply", false)
    .option(
      "--messages <file>",
      "text, TSV whose last column is the text, or JSON Lines (text, channel, from)",
    )
    .option("--limit <n>", "send the first n messages only", positiveInteger)
    .option("--fresh", "start with empty data", false)
    .option("--json", "print one JSON object on stdout and nothing else", false)
    .addHelpText(
      "after",
      "\nExamples:\n  npm run demo\n  npm run demo -- --once --json --messages sms.tsv --limit 500",
    )
    .action(
      async (options: {
        once: boolean;
        json: boolean;
        fresh: boolean;
        messages?: string;
        limit?: number;
      }) => {
        const { runDemo } = await import("../demo/demo.ts");
        try {
          await runDemo(options);
        } catch (error) {
          printError(error, options.json);
          process.exit();
        }
      },
    );
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return value;
}
