import type { Command } from "commander";
import {
  claimConversation,
  pauseConversation,
  releaseConversation,
  resumeConversation,
} from "../../../db/holds.ts";
import { StackError } from "../../dev/stack-error.ts";
import { HANDOFF_TIMEOUT_S, OPERATOR } from "../../runtime/field-rules.ts";
import { argument, numberArgument } from "../argument.ts";
import { conversationFacts } from "../conversation-facts.ts";
import { conversationCommand, findConversation } from "../find-conversation.ts";
import { tellWebChat } from "../tell-web-chat.ts";
import { runForTenant, type TenantOptions, type TenantWork } from "../tenant-command.ts";

const EXAMPLE = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const HANDOFF_TIMEOUT_DEFAULT_S = 600;
const WHO = "who of the business, in your own words";

/** A conversation in the hands of people: claimed, given back, paused, resumed, handed off. */
export function addTakeoverCommands(conversations: Command): void {
  conversationCommand(
    conversations,
    "claim",
    "Gives the conversation to a person: no send of the assistant begins once this has ended.",
    [`conversations claim ${EXAMPLE} --operator ada`],
  )
    .requiredOption("--operator <name>", WHO, argument(OPERATOR))
    .action(async (id: string, { operator, ...options }: TenantOptions & { operator: string }) => {
      await changed(options, id, async ({ db, config }) => {
        const claim = await claimConversation(db, id, operator);
        if (!claim.claimed) throw heldBy(id, claim.claimedBy);
        await tellWebChat(config, id);
      });
    });

  conversationCommand(
    conversations,
    "release",
    "Gives the conversation back to the assistant, whose next answer knows what was said meanwhile.",
    [`conversations release ${EXAMPLE} --operator ada`, `conversations release ${EXAMPLE}`],
  )
    .option(
      "--operator <name>",
      "only where they hold it; from whoever holds it where it is left out",
      argument(OPERATOR),
    )
    .action(async (id: string, { operator, ...options }: TenantOptions & { operator?: string }) => {
      await changed(options, id, async (work) => {
        if (!(await releaseConversation(work.db, id, operator))) {
          const { claimedBy } = await findConversation(work, id);
          if (claimedBy !== null) throw heldBy(id, claimedBy);
        }
        await tellWebChat(work.config, id);
      });
    });

  conversationCommand(conversations, "pause", "Keeps the assistant silent in this conversation.", [
    `conversations pause ${EXAMPLE}`,
  ]).action(async (id: string, options: TenantOptions) => {
    await changed(options, id, async ({ db }) => await pauseConversation(db, id, "operator"));
  });

  conversationCommand(conversations, "resume", "Ends the pause, whatever began it.", [
    `conversations resume ${EXAMPLE}`,
  ]).action(async (id: string, options: TenantOptions) => {
    await changed(options, id, async ({ db }) => await resumeConversation(db, id));
  });

  conversationCommand(
    conversations,
    "handoff",
    "Asks for a person and keeps the assistant silent until one claims the conversation, or the time is over.",
    [`conversations handoff ${EXAMPLE} --timeout 900`],
  )
    .option(
      "--timeout <seconds>",
      "then the person who wrote is told that nobody came, and the assistant is back",
      numberArgument(HANDOFF_TIMEOUT_S),
      HANDOFF_TIMEOUT_DEFAULT_S,
    )
    .action(async (id: string, { timeout, ...options }: TenantOptions & { timeout: number }) => {
      await changed(options, id, async (work) => await handOff(work, id, timeout));
    });
}

/** Does something to a conversation that the tenant has, and shows how it stands then. */
async function changed(options: TenantOptions, id: string, act: (work: TenantWork) => Promise<unknown>) {
  await runForTenant(options, async (work) => {
    await findConversation(work, id);
    await act(work);
    return conversationFacts(await findConversation(work, id));
  });
}

async function handOff(work: TenantWork, conversationId: string, timeoutS: number): Promise<void> {
  const { db, tenantId, config } = work;
  const { claimedBy } = await findConversation(work, conversationId);
  const paused = claimedBy === null ? await pauseConversation(db, conversationId, "handoff") : null;
  if (paused === null) throw new StackError("It is claimed or paused already: release or resume it first.");
  const { withStartOutbound } = await import("../with-start-outbound.ts");
  const input = { tenantId, conversationId, since: paused.since.toISOString(), timeoutS };
  if (await withStartOutbound(config, async ({ startHandoff }) => await startHandoff(tenantId, input)))
    return;
  // Nobody would end this pause.
  await resumeConversation(db, conversationId, { reason: "handoff", since: paused.since });
  throw new StackError(
    "Temporal does not answer, so the wait for a person could not be started and nothing was changed: `parley doctor` says more.",
  );
}

export function heldBy(conversationId: string, operator: string): StackError {
  return new StackError(
    `"${operator}" holds the conversation: \`parley conversations release ${conversationId}\` takes it from them.`,
  );
}
