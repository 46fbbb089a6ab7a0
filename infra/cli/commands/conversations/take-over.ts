import type { Command } from "commander";
import { handBack, handOff, pause, resume, takeOver } from "../../../../api/operations/takeover.ts";
import { formatConversation } from "../../../../api/views/conversation.ts";
import { AGENT_NAME, HANDOFF_TIMEOUT_S } from "../../../runtime/config/field-rules.ts";
import { createConversationCommand } from "../../conversation-command.ts";
import { createArgumentParser, createNumberParser } from "../../options/argument-parsers.ts";
import { runForTenant, type TenantOptions } from "../../tenant-command.ts";

const EXAMPLE = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const HANDOFF_TIMEOUT_DEFAULT_S = 600;

/** Commands that decide whether an agent or the assistant answers. */
export function addTakeoverCommands(conversations: Command): void {
  addTakeOver(conversations);
  addHandBack(conversations);
  for (const [name, description, run] of [
    ["pause", "Keeps the assistant silent in this conversation.", pause],
    ["resume", "Ends the pause, whichever reason it has.", resume],
  ] as const) {
    createConversationCommand(conversations, name, description, [`conversations ${name} ${EXAMPLE}`]).action(
      async (conversationId: string, options: TenantOptions) => {
        await runForTenant(options, async (work) =>
          formatConversation(await run(work, { tenantId: work.tenantId, conversationId })),
        );
      },
    );
  }
  addHandOff(conversations);
}

function addTakeOver(conversations: Command): void {
  createConversationCommand(
    conversations,
    "take-over",
    "Gives the conversation to an agent. After that no send of the assistant begins.",
    [`conversations take-over ${EXAMPLE} --agent ada`],
  )
    .requiredOption("--agent <name>", "the agent's name, your choice", createArgumentParser(AGENT_NAME))
    .action(async (conversationId: string, options: TenantOptions & { agent: string }) => {
      await runForTenant(options, async (work) => {
        const input = { tenantId: work.tenantId, conversationId, agent: options.agent };
        return formatConversation(await takeOver(work, input));
      });
    });
}

function addHandBack(conversations: Command): void {
  createConversationCommand(
    conversations,
    "hand-back",
    "Gives the conversation back to the assistant. Its next answer knows the messages of the takeover.",
    [`conversations hand-back ${EXAMPLE} --agent ada`, `conversations hand-back ${EXAMPLE}`],
  )
    .option(
      "--agent <name>",
      "only if this agent has taken it over; default: any agent",
      createArgumentParser(AGENT_NAME),
    )
    .action(async (conversationId: string, options: TenantOptions & { agent?: string }) => {
      await runForTenant(options, async (work) => {
        const input = { tenantId: work.tenantId, conversationId, agent: options.agent };
        return formatConversation(await handBack(work, input));
      });
    });
}

function addHandOff(conversations: Command): void {
  createConversationCommand(
    conversations,
    "handoff",
    "Asks for an agent, and keeps the assistant silent until one takes the conversation over or the time is over.",
    [`conversations handoff ${EXAMPLE} --timeout 900`],
  )
    .option(
      "--timeout <seconds>",
      "after this time the contact gets a notice, and the assistant answers again",
      createNumberParser(HANDOFF_TIMEOUT_S),
      HANDOFF_TIMEOUT_DEFAULT_S,
    )
    .action(async (conversationId: string, options: TenantOptions & { timeout: number }) => {
      await runForTenant(options, async (work) => {
        const input = { tenantId: work.tenantId, conversationId, timeoutS: options.timeout };
        return formatConversation(await handOff(work, input));
      });
    });
}
