import { Command } from "commander";
import { consoleProgress } from "../../../infra/sandbox/progress.ts";
import { UserError } from "../../../infra/runtime/errors.ts";
import { gradeAll } from "./grade/grade-all.ts";
import { gradeTable } from "./grade/grade-table.ts";
import { printGrades } from "./grade/print-grades.ts";
import { UnknownChannelError } from "./grade/choose-kits.ts";
import { listKinds } from "./kinds/list-kinds.ts";
import { kindsMarkdown, printKinds } from "./kinds/print-kinds.ts";
import { printReplay } from "./replay/print-replay.ts";
import { FolderNotFoundError } from "./replay/recorded-files.ts";

/** Exit codes: 0 all is well, 1 something failed, 2 called wrongly. */
const USAGE_ERROR = 2;

const program = new Command("channels")
  .description("Grades channels, and replays recorded webhook bodies through a real ingress.")
  .showHelpAfterError()
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR);
  });

program
  .command("grade [name]")
  .description(
    "Runs both halves of a channel through the conformance kit: one of ours by its name, another by the path of a module that exports `kit`.",
  )
  .option("--json", "print one JSON object on stdout and nothing else", false)
  .option("--markdown", "print the table of docs/channels.md", false)
  .addHelpText(
    "after",
    `
Examples:
  npm run channels -- grade
  npm run channels -- grade telegram --json
  npm run channels -- grade ./test/tools/channels/example/pager-kit.ts`,
  )
  .action(async (name: string | undefined, { json, markdown }: { json: boolean; markdown: boolean }) => {
    const report = await gradeAll(name, consoleProgress());
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else if (markdown) process.stdout.write(gradeTable(report.channels));
    else process.stdout.write(printGrades(report));
    process.exitCode = report.ok ? 0 : 1;
  });

program
  .command("kinds [name]")
  .description(
    "Lists the kinds of inbound events of each channel, and whether they are answered. Fails where a documented kind has no row.",
  )
  .option("--json", "print one JSON object on stdout and nothing else", false)
  .option("--markdown", "print the lists of docs/inbound-kinds.md", false)
  .addHelpText(
    "after",
    `
Examples:
  npm run channels -- kinds
  npm run channels -- kinds whatsapp --json`,
  )
  .action((name: string | undefined, { json, markdown }: { json: boolean; markdown: boolean }) => {
    const report = listKinds(name);
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else if (markdown) process.stdout.write(kindsMarkdown(report));
    else process.stdout.write(printKinds(report));
    process.exitCode = report.ok ? 0 : 1;
  });

program
  .command("replay <dir>")
  .description(
    "Posts every recorded webhook body below a folder to a real ingress, signed as its vendor signs, and says what became of each.",
  )
  .option("--json", "print one JSON object on stdout and nothing else", false)
  .addHelpText(
    "after",
    `
A file is one body, a list of bodies, or an object with settings and named steps that are bodies. Steps whose name ends with "context"
or "state" are stored state. Anything else that no platform sends makes the replay fail. Nothing is sent anywhere: the
ingress runs in this process, on a PostgreSQL of its own (or in a database of its own on the server of DATABASE_URL).

Examples:
  npm run channels -- replay ./recorded
  npm run channels -- replay ./recorded --json`,
  )
  .action(async (dir: string, { json }: { json: boolean }) => {
    const { runStandaloneReplay } = await import("./replay/run-standalone-replay.ts");
    const report = await runStandaloneReplay(dir, consoleProgress());
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : printReplay(report));
    process.exitCode = report.ok ? 0 : 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  const isUsage = error instanceof UnknownChannelError || error instanceof FolderNotFoundError;
  if (!isUsage && !(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = isUsage ? USAGE_ERROR : 1;
}
