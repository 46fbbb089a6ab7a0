import type { Command } from "commander";
import pc from "picocolors";
import { loadProcessConfig } from "../load-process-config.ts";
import { addCommand, type CommandOptions, printResult } from "../run-command.ts";
import type { SendResult } from "../tasks/send-and-wait.ts";

interface SendOptions extends CommandOptions {
  from: string;
}

export function addSendCommand(program: Command): void {
  addCommand(program, {
    name: "send <text>",
    description: "Sends one message through the webhook of a running Parley and prints the reply.",
    examples: [
      'send "How long are gift cards valid?"',
      'send "How much does a puncture repair cost?" --from greta --json',
    ],
  })
    .option("--from <id>", "the contact who writes", "terminal")
    .action(async (text: string, { from, ...options }: SendOptions) => {
      await printResult(options, {
        work: async () => {
          const { sendAndWait } = await import("../tasks/send-and-wait.ts");
          return await sendAndWait(loadProcessConfig(), { from, text });
        },
        describe: describeReply,
      });
    });
}

function describeReply({ ok, text, state, reason, ...facts }: SendResult): string {
  if (text === null) return `No reply: ${state} (${reason ?? "no reason"})`;
  if (!ok) return `The reply did not arrive: ${state} (${reason ?? "no reason"}). Its text:\n${text}`;
  const { tier, cost_usd: cost, latency_ms: latency, workflow_id: workflowId } = facts;
  return `${text}\n${pc.dim(`${tier} · $${cost.toFixed(5)} · ${latency} ms · ${workflowId}`)}`;
}
