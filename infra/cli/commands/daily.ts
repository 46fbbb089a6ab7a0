import type { Command } from "commander";
import pc from "picocolors";
import { readBacklog, readMessageStatus } from "../../../db/inbound/status.ts";
import { UserError } from "../../runtime/errors.ts";
import { type Config, ConfigError, loadConfig } from "../../runtime/config/config.ts";
import { describeFields } from "../views/describe-fields.ts";
import { withDatabase } from "../tasks/with-database.ts";

/** What an operator does every day: load documents, try a message, look how things stand. */
export function addDailyCommands(program: Command): void {
  program
    .command("ingest <dir>")
    .description(
      "Reads Markdown, text, HTML and PDF of a folder into the knowledge base; unchanged files are left alone.",
    )
    .option("--json", "print one JSON object on stdout and nothing else", false)
    .action(async (dir: string, { json }: { json: boolean }) => {
      const { ingestDocuments } = await import("../tasks/ingest-documents.ts");
      const report = await ingestDocuments(loadConfig(), {
        folder: dir,
        onDocument: (path) => process.stderr.write(`reading ${path}\n`),
      });
      if (json) return printJson(report);
      for (const { path, reason } of report.skipped)
        process.stderr.write(`${pc.yellow("skipped")} ${path}: ${reason}\n`);
      process.stdout.write(
        `${report.documents} documents in ${report.chunks} chunks, ${report.unchanged} unchanged, ${report.removed} removed, ${report.skipped.length} skipped\n`,
      );
    });

  program
    .command("send <text>")
    .description("Sends one message through the webhook of a running Parley and prints the answer.")
    .option("--from <id>", "who writes", "terminal")
    .option("--json", "print one JSON object on stdout and nothing else", false)
    .action(async (text: string, { from, json }: { from: string; json: boolean }) => {
      const { sendAndWait } = await import("../tasks/send-and-wait.ts");
      const answer = await sendAndWait(loadConfig(), { from, text });
      if (json) printJson(answer);
      else if (answer.text === null)
        process.stdout.write(`No answer: ${answer.state} (${answer.reason ?? "no reason"})\n`);
      else
        process.stdout.write(
          `${answer.text}\n${pc.dim(`${answer.tier} · $${answer.cost_usd.toFixed(5)} · ${answer.latency_ms} ms · ${answer.workflow_id}`)}\n`,
        );
      process.exitCode = answer.ok ? 0 : 1;
    });

  program
    .command("status [message]")
    .description(
      "How things stand; with a provider's message id (MessageSid, webhook-id): where that message stands.",
    )
    .option("--json", "print one JSON object on stdout and nothing else", false)
    .action(async (message: string | undefined, { json }: { json: boolean }) => {
      await withDatabase(loadConfig(), async (db) => {
        const found = message === undefined ? await readBacklog(db) : await readMessageStatus(db, message);
        if (found === null)
          throw new UserError(
            `No message has the id ${message}: give the MessageSid or webhook-id as the vendor named it.`,
          );
        if (json) printJson({ ok: true, ...found });
        else process.stdout.write(`${describeFields(found)}\n`);
      });
    });

  program
    .command("doctor")
    .description("Checks every service: found, version, reachable, what is missing, and the way out.")
    .option("--json", "print one JSON object on stdout and nothing else", false)
    .action(async ({ json }: { json: boolean }) => {
      const { runDoctor } = await import("../doctor/run-doctor.ts");
      const { printDoctor } = await import("../doctor/print-doctor.ts");
      const report = await runDoctor(configOrError());
      printDoctor(report, { json });
      process.exitCode = report.ok ? 0 : 1;
    });
}

function configOrError(): Config | ConfigError {
  try {
    return loadConfig();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function printJson(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
