import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { openAgentReply } from "../../../../db/turns/agent-replies.ts";
import { UserError } from "../../../runtime/errors.ts";
import { AGENT_NAME, REPLY_TEXT } from "../../../runtime/config/field-rules.ts";
import { createArgumentParser } from "../../options/argument-parsers.ts";
import { waitForReply, type ReplyStatus, readReplyStatus } from "../../tasks/wait-for-reply.ts";
import { checkOptions } from "../../usage-error.ts";
import { createConversationCommand, requireConversation } from "../../conversation-command.ts";
import { readText } from "../../options/read-text.ts";
import { runForTenant, type TenantOptions, type TenantContext } from "../../tenant-command.ts";
import { createTakenOverError } from "./take-over.ts";

const EXAMPLE = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const WAIT_LIMIT_MS = 30_000;

interface ReplyOptions extends TenantOptions {
  agent: string;
  wait: boolean;
}

/** A person of the business speaks. */
export function addReplyCommand(conversations: Command): void {
  createConversationCommand(
    conversations,
    "reply",
    "Sends a person's own words and says whether they were sent. The agent must have taken the conversation over.",
    [
      `conversations reply ${EXAMPLE} --agent ada "Your lamp ships tomorrow."`,
      `conversations reply ${EXAMPLE} --agent ada --no-wait - < answer.txt`,
    ],
  )
    .argument("<text...>", "what is said; - reads it from stdin")
    .requiredOption("--agent <name>", "who of the business speaks", createArgumentParser(AGENT_NAME))
    .option("--no-wait", "end as soon as it is stored; otherwise up to 30 s are waited for the outcome")
    .action(async (id: string, words: string[], options: ReplyOptions) => {
      await runForTenant(
        options,
        async (work) => {
          const input = words.length === 1 && words[0] === "-" ? readText("-") : words.join(" ");
          const text = checkOptions(REPLY_TEXT, input, () => "<text>");
          const turnId = await openReply(work, { conversationId: id, agent: options.agent, text });
          return options.wait
            ? await waitForOutcome(work, turnId)
            : await readReplyStatus(work.db, { ...work, turnId });
        },
        describeReply,
      );
    });
}

/** The row is the promise: where it cannot be started here, the sweeper of a worker does it. */
async function openReply(
  work: TenantContext,
  reply: { conversationId: string; agent: string; text: string },
): Promise<string> {
  const { db, vault, config, tenantId } = work;
  await requireConversation(work, reply.conversationId);
  const result = await openAgentReply(db, vault, { tenantId, key: randomUUID(), ...reply });
  if ("takenOverBy" in result) throw createNotTakenOverError(reply, result.takenOverBy);
  const { turnId } = result;
  const { withWorkflowStarter } = await import("../../tasks/with-workflow-starter.ts");
  const started = await withWorkflowStarter(
    config,
    async ({ startReply }) => await startReply(tenantId, turnId),
  );
  if (!started) printProgress("stored; Temporal does not answer, so it goes out when it is back");
  return turnId;
}

async function waitForOutcome({ db, tenantId }: TenantContext, turnId: string): Promise<ReplyStatus> {
  return await waitForReply(db, { tenantId, turnId }, { limitMs: WAIT_LIMIT_MS, onWait: printProgress });
}

function createNotTakenOverError(
  { conversationId, agent }: { conversationId: string; agent: string },
  takenOverBy: string | null,
): UserError {
  if (takenOverBy !== null) return createTakenOverError(conversationId, takenOverBy);
  const way = `parley conversations take-over ${conversationId} --agent ${JSON.stringify(agent)}`;
  return new UserError(`Take the conversation over first, so that the assistant keeps silent: \`${way}\`.`);
}

function describeReply({ sent, outcome, deliveries, turn_id: turnId }: ReplyStatus): string {
  if (sent === true) return `Sent, in ${deliveries.length} part(s).`;
  if (sent === null)
    return `Stored as turn ${turnId} and not sent yet. It goes out by itself: do not send it again.`;
  const reasons = deliveries.flatMap(({ code }) => code ?? []);
  return `Not sent: ${[outcome, ...new Set(reasons)].join(", ")}.`;
}

function printProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}
