import type { Command } from "commander";
import {
  takeOverConversation,
  pauseConversation,
  handBackConversation,
  resumeConversation,
} from "../../../../db/conversations/takeover.ts";
import { UserError } from "../../../runtime/errors.ts";
import { HANDOFF_TIMEOUT_S, AGENT_NAME } from "../../../runtime/config/field-rules.ts";
import { createArgumentParser, createNumberParser } from "../../options/argument-parsers.ts";
import { formatConversation } from "../../views/conversation-view.ts";
import { createConversationCommand, requireConversation } from "../../conversation-command.ts";
import { notifyWebChat } from "../../tasks/notify-web-chat.ts";
import { runForTenant, type TenantOptions, type TenantContext } from "../../tenant-command.ts";

const EXAMPLE = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const HANDOFF_TIMEOUT_DEFAULT_S = 600;
const AGENT_HELP = "who of the business, in your own words";

/** A conversation in the hands of people: taken over, handed back, paused, resumed, handed off. */
export function addTakeoverCommands(conversations: Command): void {
  createConversationCommand(
    conversations,
    "take-over",
    "Gives the conversation to a person: no send of the assistant begins once this has ended.",
    [`conversations take-over ${EXAMPLE} --agent ada`],
  )
    .requiredOption("--agent <name>", AGENT_HELP, createArgumentParser(AGENT_NAME))
    .action(async (id: string, { agent, ...options }: TenantOptions & { agent: string }) => {
      await changeConversation(options, id, async ({ db, config }) => {
        const outcome = await takeOverConversation(db, id, agent);
        if (!outcome.takenOver) throw createTakenOverError(id, outcome.takenOverBy);
        await notifyWebChat(config, id);
      });
    });

  createConversationCommand(
    conversations,
    "hand-back",
    "Gives the conversation back to the assistant, whose next answer knows what was said meanwhile.",
    [`conversations hand-back ${EXAMPLE} --agent ada`, `conversations hand-back ${EXAMPLE}`],
  )
    .option(
      "--agent <name>",
      "only where this agent has taken it over; from any agent where it is left out",
      createArgumentParser(AGENT_NAME),
    )
    .action(async (id: string, { agent, ...options }: TenantOptions & { agent?: string }) => {
      await changeConversation(options, id, async (work) => {
        if (!(await handBackConversation(work.db, id, agent))) {
          const { takenOverBy } = await requireConversation(work, id);
          if (takenOverBy !== null) throw createTakenOverError(id, takenOverBy);
        }
        await notifyWebChat(work.config, id);
      });
    });

  createConversationCommand(conversations, "pause", "Keeps the assistant silent in this conversation.", [
    `conversations pause ${EXAMPLE}`,
  ]).action(async (id: string, options: TenantOptions) => {
    await changeConversation(options, id, async ({ db }) => await pauseConversation(db, id, "operator"));
  });

  createConversationCommand(conversations, "resume", "Ends the pause, whatever began it.", [
    `conversations resume ${EXAMPLE}`,
  ]).action(async (id: string, options: TenantOptions) => {
    await changeConversation(options, id, async ({ db }) => await resumeConversation(db, id));
  });

  createConversationCommand(
    conversations,
    "handoff",
    "Asks for a person and keeps the assistant silent until one takes the conversation over, or the time is over.",
    [`conversations handoff ${EXAMPLE} --timeout 900`],
  )
    .option(
      "--timeout <seconds>",
      "then the person who wrote is told that nobody came, and the assistant is back",
      createNumberParser(HANDOFF_TIMEOUT_S),
      HANDOFF_TIMEOUT_DEFAULT_S,
    )
    .action(async (id: string, { timeout, ...options }: TenantOptions & { timeout: number }) => {
      await changeConversation(options, id, async (work) => await handOff(work, id, timeout));
    });
}

/** Does something to a conversation that the tenant has, and shows how it stands then. */
async function changeConversation(
  options: TenantOptions,
  id: string,
  act: (work: TenantContext) => Promise<unknown>,
) {
  await runForTenant(options, async (work) => {
    await requireConversation(work, id);
    await act(work);
    return formatConversation(await requireConversation(work, id));
  });
}

async function handOff(work: TenantContext, conversationId: string, timeoutS: number): Promise<void> {
  const { db, tenantId, config } = work;
  const { takenOverBy } = await requireConversation(work, conversationId);
  const paused = takenOverBy === null ? await pauseConversation(db, conversationId, "handoff") : null;
  if (paused === null)
    throw new UserError("It is taken over or paused already: hand it back or resume it first.");
  const { withWorkflowStarter } = await import("../../tasks/with-workflow-starter.ts");
  const input = { tenantId, conversationId, since: paused.since.toISOString(), timeoutS };
  if (await withWorkflowStarter(config, async ({ startHandoff }) => await startHandoff(tenantId, input)))
    return;
  // Nobody would end this pause.
  await resumeConversation(db, conversationId, { reason: "handoff", since: paused.since });
  throw new UserError(
    "Temporal does not answer, so the wait for a person could not be started and nothing was changed: `parley doctor` says more.",
  );
}

export function createTakenOverError(conversationId: string, agent: string): UserError {
  return new UserError(
    `"${agent}" has taken over the conversation: \`parley conversations hand-back ${conversationId}\` takes it from them.`,
  );
}
