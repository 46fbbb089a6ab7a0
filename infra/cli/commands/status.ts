import type { Command } from "commander";
import { getStatus } from "../../../api/operations/status.ts";
import { formatStatus } from "../../../api/views/status.ts";
import { readMessageStatus } from "../../../db/inbound/status.ts";
import { addCommand, type CommandOptions, runCommand } from "../run-command.ts";
import { requireFound } from "../tenant-command.ts";

export function addStatusCommand(program: Command): void {
  addCommand(program, {
    name: "status [message]",
    description:
      "Shows the state of the installation, or of one message by its provider's id (MessageSid, webhook-id).",
    examples: ["status", "status SM3f2a9c --json"],
  }).action(async (messageId: string | undefined, options: CommandOptions) => {
    await runCommand<object>(options, {
      work: async ({ db }) => {
        if (messageId === undefined) return formatStatus(await getStatus({ db }));
        const why = `No message has the id ${messageId}: use the MessageSid or webhook-id that the vendor gave it.`;
        return requireFound(await readMessageStatus(db, messageId), why);
      },
    });
  });
}
