import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { reply } from "../../../../api/operations/takeover.ts";
import { getTurn } from "../../../../api/operations/turns.ts";
import { formatTurnWithDeliveries, type TURN_WITH_DELIVERIES } from "../../../../api/views/turn.ts";
import type { Shape } from "../../../../api/views/view.ts";
import { AGENT_NAME, REPLY_TEXT } from "../../../runtime/config/field-rules.ts";
import { createConversationCommand } from "../../conversation-command.ts";
import { createArgumentParser } from "../../options/argument-parsers.ts";
import { readText } from "../../options/read-text.ts";
import { waitForReply } from "../../tasks/wait-for-reply.ts";
import { runForTenant, type TenantContext, type TenantOptions } from "../../tenant-command.ts";
import { checkOptions } from "../../usage-error.ts";

const EXAMPLE = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const WAIT_LIMIT_MS = 30_000;

interface ReplyOptions extends TenantOptions {
  agent: string;
  wait: boolean;
}

type Turn = Shape<typeof TURN_WITH_DELIVERIES>;

export function addReplyCommand(conversations: Command): void {
  createConversationCommand(
    conversations,
    "reply",
    "Sends an agent's reply and shows its turn. The agent must have taken the conversation over.",
    [
      `conversations reply ${EXAMPLE} --agent ada "Your lamp ships tomorrow."`,
      `conversations reply ${EXAMPLE} --agent ada --no-wait - < answer.txt`,
    ],
  )
    .argument("<text...>", "the text; - reads it from stdin")
    .requiredOption("--agent <name>", "the agent who writes", createArgumentParser(AGENT_NAME))
    .option("--no-wait", "end as soon as the reply is stored; default: wait up to 30 s for its outcome")
    .action(async (conversationId: string, words: string[], options: ReplyOptions) => {
      await runForTenant(
        options,
        async (work) => {
          const input = words.length === 1 && words[0] === "-" ? readText("-") : words.join(" ");
          const text = checkOptions(REPLY_TEXT, input, () => "<text>");
          const turn = await sendReply(work, { conversationId, agent: options.agent, text }, options.wait);
          return { turn, ok: !wasNotSent(turn) };
        },
        { toJson: ({ turn }) => turn, describe: ({ turn }) => describeReply(turn) },
      );
    });
}

async function sendReply(
  work: TenantContext,
  input: { conversationId: string; agent: string; text: string },
  wait: boolean,
): Promise<Turn> {
  const { tenantId } = work;
  const { turnId: id, started } = await reply(work, { tenantId, key: randomUUID(), ...input });
  if (!started) printProgress("stored; Temporal does not respond, so a worker's sweeper sends it later");
  const key = { tenantId, id };
  if (!wait) return formatTurnWithDeliveries(await getTurn(work, key));
  return await waitForReply(work, key, { limitMs: WAIT_LIMIT_MS, onWait: printProgress });
}

/** An open turn may still be sent. */
function wasNotSent({ state, outcome }: Turn): boolean {
  return state === "closed" && outcome !== "answered";
}

function describeReply(turn: Turn): string {
  if (turn.state === "open")
    return `Stored as turn ${turn.id} and not sent yet. It will be sent: do not send it again.`;
  if (!wasNotSent(turn)) return `Sent, in ${turn.deliveries.length} part(s).`;
  const reasons = turn.deliveries.flatMap(({ code }) => code ?? []);
  return `Not sent: ${[turn.outcome, ...new Set(reasons)].join(", ")}.`;
}

function printProgress(line: string): void {
  process.stderr.write(`${line}\n`);
}
