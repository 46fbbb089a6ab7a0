import type { Command } from "commander";
import { loadProcessConfig } from "../load-process-config.ts";
import { listAnsweringSecrets, requireSettings } from "../../runtime/config/require-settings.ts";
import type { IngestReport } from "../tasks/ingest-documents.ts";
import { addCommand, type CommandOptions, printResult } from "../run-command.ts";

export function addIngestCommand(program: Command): void {
  addCommand(program, {
    name: "ingest <dir>",
    description:
      "Loads Markdown, text, HTML, PDF, Word, PowerPoint, Excel, CSV and JSON files of a folder into the knowledge base. Skips unchanged files, and reports text that it could not keep.",
    examples: ["ingest ./handbook", "ingest ./handbook --strict"],
  })
    .option("--strict", "exit with 1 if a file was skipped or lost text; the others are loaded", false)
    .action(loadFolder);
}

async function loadFolder(folder: string, options: CommandOptions & { strict: boolean }): Promise<void> {
  await printResult(options, {
    work: async () => {
      const { ingestDocuments } = await import("../tasks/ingest-documents.ts");
      const { formatLostText } = await import("../../../activities/answer/retrieval/describe-loss.ts");
      const config = loadProcessConfig();
      requireSettings(config, "parley ingest", listAnsweringSecrets(config));
      return await ingestDocuments(config, {
        folder,
        isStrict: options.strict,
        onWait: () =>
          process.stderr.write("another ingest of this tenant is in progress; this one waits for its end\n"),
        onDocument: (path) => process.stderr.write(`reading ${path}\n`),
        onFailure: ({ path, reason }) => process.stderr.write(`failed ${path}: ${reason}\n`),
        onSkip: ({ path, reason }) => process.stderr.write(`skipped ${path}: ${reason}\n`),
        onLoss: (loss) => process.stderr.write(`${formatLostText(loss)}\n`),
      });
    },
    describe: formatReport,
  });
}

function formatReport({ documents, chunks, unchanged, removed, ...files }: IngestReport): string {
  const lists = `${files.skipped.length} skipped, ${files.failed.length} failed, ${files.lossy.length} with lost text`;
  return `${documents} documents in ${chunks} chunks, ${unchanged} unchanged, ${removed} removed, ${lists}`;
}
