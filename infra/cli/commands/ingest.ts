import type { Command } from "commander";
import { loadConfig } from "../../runtime/config/config.ts";
import { addCommand, type CommandOptions, printResult } from "../run-command.ts";

export function addIngestCommand(program: Command): void {
  addCommand(program, {
    name: "ingest <dir>",
    description:
      "Loads Markdown, text, HTML and PDF files of a folder into the knowledge base. Skips unchanged files.",
    examples: ["ingest ./handbook"],
  }).action(async (folder: string, options: CommandOptions) => {
    await printResult(options, {
      work: async () => {
        const { ingestDocuments } = await import("../tasks/ingest-documents.ts");
        return await ingestDocuments(loadConfig(), {
          folder,
          onWait: () =>
            process.stderr.write(
              "another ingest of this tenant is in progress; this one waits for its end\n",
            ),
          onDocument: (path) => process.stderr.write(`reading ${path}\n`),
          onFailure: ({ path, reason }) => process.stderr.write(`failed ${path}: ${reason}\n`),
          onSkip: ({ path, reason }) => process.stderr.write(`skipped ${path}: ${reason}\n`),
        });
      },
      describe: ({ documents, chunks, unchanged, removed, skipped, failed }) =>
        `${documents} documents in ${chunks} chunks, ${unchanged} unchanged, ${removed} removed, ${skipped.length} skipped, ${failed.length} failed`,
    });
  });
}
